import type { ServiceName } from '@reputable/contracts/registry';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** The services that run one of these files, by the `dependencies` in each package.json of the workspace. */
export function affectedBy(root: string, files: readonly string[], services: readonly ServiceName[]): readonly ServiceName[] {
  const packages = globSync('{apps,libs,tools}/*/package.json', { cwd: root }).map((file) => {
    const { name, dependencies = {} } = JSON.parse(readFileSync(join(root, file), 'utf8')) as Manifest;
    return { name, folder: dirname(file), dependencies };
  });
  const affected = new Set(packages.filter(({ folder }) => files.some((file) => file.startsWith(`${folder}/`))));
  for (const { name } of affected) {
    for (const each of packages) if (name in each.dependencies) affected.add(each);
  }
  const folders = [...affected].map(({ folder }) => folder);
  return services.filter((name) => folders.includes(`apps/${name}`));
}
