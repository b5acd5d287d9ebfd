interface Lock {
  readonly packages: Readonly<Record<string, { readonly engines?: unknown }>>;
}

/** The paths of the packages that npm would compare with the version of Node.js that runs it. */
export const withEngines = (lock: string): readonly string[] =>
  Object.entries((JSON.parse(lock) as Lock).packages)
    .filter(([path, { engines }]) => isInstalled(path) && engines !== undefined)
    .map(([path]) => path);

/** The text of package-lock.json without the `engines` of the packages. */
export function withoutEngines(text: string): string {
  const lock = JSON.parse(text) as Lock;
  const packages = Object.entries(lock.packages).map(([path, { engines, ...rest }]) => [
    path,
    isInstalled(path) ? rest : { ...rest, engines },
  ]);
  return `${JSON.stringify({ ...lock, packages: Object.fromEntries(packages) as object }, null, 2)}\n`;
}

/** Our own packages keep their `engines`. */
const isInstalled = (path: string): boolean => path.includes('node_modules/');
