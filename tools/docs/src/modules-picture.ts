import type { Module } from './modules.ts';

const KINDS = ['apps', 'libs'] as const;

/** The apps and libraries as a Mermaid flowchart, without the arrows that a longer path replaces. */
export function modulesPicture(modules: readonly Module[]): string {
  const shown = modules.filter(({ folder }) => KINDS.some((kind) => folder.startsWith(`${kind}/`)));
  const groups = KINDS.flatMap((kind) => [
    `  subgraph ${kind}`,
    ...shown.filter(({ folder }) => folder.startsWith(`${kind}/`)).map(({ folder }) => `    ${idOf(folder)}["${folder}"]`),
    '  end',
  ]);
  const arrows = shown.flatMap(({ folder, imports }) =>
    imports
      .filter((other) => shown.some((module) => module.folder === other) && !isImportedBy(other, imports, shown))
      .map((other) => `  ${idOf(folder)} --> ${idOf(other)}`),
  );
  return ['flowchart TD', ...groups, ...arrows, ''].join('\n');
}

/** Mermaid allows no slash in an id, and reserves the word `end`. */
const idOf = (folder: string) => folder.replace(/\W/g, '_');

/** Whether one of these modules imports the other, directly or not. */
function isImportedBy(other: string, folders: readonly string[], modules: readonly Module[]): boolean {
  return folders.some((folder) => {
    const imports = modules.find((module) => module.folder === folder)?.imports ?? [];
    return imports.includes(other) || isImportedBy(other, imports, modules);
  });
}
