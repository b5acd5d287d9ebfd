import type { Manifest } from '../manifest.ts';

interface Lock {
  readonly packages: Readonly<Record<string, object>>;
}

/** The text of package-lock.json with an app, as npm writes it. The lock file has all its dependencies already. */
export const withApp = (lock: string, name: string, { version, license, dependencies, devDependencies }: Manifest): string =>
  edited(lock, (packages) => ({
    ...packages,
    [`apps/${name}`]: { name: `@reputable/${name}`, version, license, dependencies, devDependencies },
    [`node_modules/@reputable/${name}`]: { resolved: `apps/${name}`, link: true },
  }));

/** The text of package-lock.json without an app. */
export const withoutApp = (lock: string, name: string): string =>
  edited(lock, (packages) => {
    const paths = [`apps/${name}`, `node_modules/@reputable/${name}`];
    return Object.fromEntries(Object.entries(packages).filter(([path]) => !paths.includes(path)));
  });

function edited(text: string, edit: (packages: Lock['packages']) => Lock['packages']): string {
  const lock = JSON.parse(text) as Lock;
  const packages = Object.entries(edit(lock.packages)).sort(([a], [b]) => a.localeCompare(b, 'en'));
  return `${JSON.stringify({ ...lock, packages: Object.fromEntries(packages) }, null, 2)}\n`;
}
