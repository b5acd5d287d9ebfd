import type { Manifest } from './project.ts';

/** What only the workspace has a use for. */
const OURS = ['devDependencies', 'nx'];

/**
 * The package.json of a project once it is built: it exports what was compiled, and needs no workspace.
 *
 * @param published whether others may install it: then it is not private, and has types
 */
export function builtManifest(manifest: Manifest, { published }: { readonly published: boolean }): Manifest {
  const dropped = published ? [...OURS, 'private'] : OURS;
  const kept = Object.fromEntries(Object.entries(manifest).filter(([key]) => !dropped.includes(key))) as Manifest;
  return manifest.exports ? { ...kept, exports: builtExports(manifest.exports, published) } : kept;
}

function builtExports(exports: Readonly<Record<string, string>>, typed: boolean): Readonly<Record<string, string>> {
  const built = Object.entries(exports).map(([name, file]) => [name, file.endsWith('.ts') ? compiled(file, typed) : file] as const);
  return Object.fromEntries(built) as Readonly<Record<string, string>>;
}

/** Who resolves types takes the first that fits: they come first. */
function compiled(file: string, typed: boolean): string | object {
  const stem = file.replace(/\.ts$/, '');
  return typed ? { types: `${stem}.d.ts`, default: `${stem}.js` } : `${stem}.js`;
}
