import type { Module } from './modules.ts';

const KINDS = ['apps', 'libs'] as const;

/**
 * The apps and libraries as a Mermaid flowchart. Who imports what another of its imports imports as well has no arrow to it: with all
 * of them, one sees none.
 */
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

/** Who imports whom, all of it, a line each. */
export function modulesList(modules: readonly Module[]): string {
  const width = Math.max(...modules.map(({ folder }) => folder.length));
  return modules.map(({ folder, imports }) => `${folder.padEnd(width)}  ${imports.join(', ') || 'nothing'}\n`).join('');
}

/** Mermaid takes no slash, and `end` is a word of its own. */
const idOf = (folder: string) => folder.replace(/\W/g, '_');

/** Whether one of these modules imports the other, however indirectly. */
function isImportedBy(other: string, folders: readonly string[], modules: readonly Module[]): boolean {
  return folders.some((folder) => {
    const imports = modules.find((module) => module.folder === folder)?.imports ?? [];
    return imports.includes(other) || isImportedBy(other, imports, modules);
  });
}
