/** The fields of a bundled app's package.json that name the packages in its image. */
export interface Bundled {
  readonly name: string;
  readonly version: string;
  /** The packages in the bundle. */
  readonly libraries?: Readonly<Record<string, string>>;
  /** The packages that are installed beside it. */
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** A package in package-lock.json. */
export interface LockedPackage {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
}

/** The packages of package-lock.json, by their paths. */
export type LockedPackages = Readonly<Record<string, LockedPackage>>;

/** The contents of a package-lock.json. */
export interface ImageLock {
  readonly name: string;
  readonly version: string;
  readonly lockfileVersion: 3;
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

/**
 * The contents of a package-lock.json with the packages in the image of an app, and no others: those in its bundle, and those beside it with their own
 * dependencies.
 *
 * @param locked the packages of the workspace's package-lock.json
 * @throws {Error} in one line if the workspace has no such package
 */
export function imageLock({ name, version, libraries = {}, dependencies = {} }: Bundled, locked: LockedPackages): ImageLock {
  const paths = [
    ...Object.entries(libraries).map((library) => pathOf(library, locked)),
    ...Object.entries(dependencies).flatMap((dependency) => closure(pathOf(dependency, locked), locked)),
  ];
  // A flat tree: a second version of a package gets a folder of its own below another name.
  const packages = new Map<string, LockedPackage>();
  for (const path of new Set(paths)) {
    const { dependencies: _, optionalDependencies: __, ...entry } = locked[path] ?? {};
    const own = nameIn(path);
    packages.set(packages.has(own) ? `${own}-${entry.version ?? ''}` : own, { ...entry, name: entry.name ?? own });
  }
  const needs = Object.fromEntries([...packages].map(([folder, entry]) => [folder, `npm:${entry.name ?? ''}@${entry.version ?? ''}`]));
  const installed = [...packages].map(([folder, entry]) => [`node_modules/${folder}`, entry] as const);
  const root = { name, version, dependencies: needs };
  return { name, version, lockfileVersion: 3, packages: { '': root, ...Object.fromEntries(installed) } };
}

const nameIn = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

function pathOf([name, version]: readonly [string, string], locked: LockedPackages): string {
  const found = Object.entries(locked).find(([path, entry]) => (entry.name ?? nameIn(path)) === name && entry.version === version);
  if (!found) throw new Error(`package-lock.json has no ${name}@${version}. Run npm ci, and build again.`);
  return found[0];
}

/** A package and all that it needs on the platforms of the images. */
function closure(path: string, locked: LockedPackages, seen = new Set<string>()): readonly string[] {
  const entry = locked[path];
  if (seen.has(path) || !entry || !runsInImages(entry)) return [];
  seen.add(path);
  const needs = Object.keys({ ...entry.dependencies, ...entry.optionalDependencies });
  return [path, ...needs.flatMap((name) => closure(resolved(path, name, locked), locked, seen))];
}

/** The path at which Node.js finds a package that another one imports. */
function resolved(from: string, name: string, locked: LockedPackages): string {
  const path = `${from}${from === '' ? '' : '/'}node_modules/${name}`;
  if (locked[path] !== undefined || from === '') return path;
  return resolved(from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/'))), name, locked);
}

/** Images are for Linux with glibc, on x64 and arm64. */
const runsInImages = ({ os, cpu, libc }: LockedPackage): boolean =>
  (os?.includes('linux') ?? true) && (cpu?.some((each) => ['x64', 'arm64'].includes(each)) ?? true) && (libc?.includes('glibc') ?? true);
