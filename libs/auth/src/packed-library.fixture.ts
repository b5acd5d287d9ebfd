import { readFileSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';

export const ROOT = resolve(import.meta.dirname, '../../..');
const README = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

/** The README's code blocks by title: a file's path, or the name of a command. */
export const blocks: ReadonlyMap<string, string> = new Map(
  [...README.matchAll(/^```\w+ title=(\S+)\n([^]*?)^```$/gm)].map(([, title = '', code = '']) => [title, code]),
);

export function block(title: string): string {
  const code = blocks.get(title);
  if (code === undefined) throw new Error(`The README has no block ${title}.`);
  return code;
}

/** The library as npm would publish it, packed by the README's instructions into a folder of its own. */
export class PackedLibrary {
  private constructor(
    /** The folder of this run. */
    readonly folder: string,
    readonly tarball: string,
    readonly manifest: Manifest,
  ) {}

  static async pack(): Promise<PackedLibrary> {
    const folder = await mkdtemp(join(tmpdir(), 'reputable-external-'));
    const dist = join(folder, 'dist');
    await mkdir(dist);
    await sh(block('pack').replace('--pack-destination dist', `--pack-destination ${dist}`), ROOT);
    const [tarball = ''] = await readdir(dist);
    const unpacked = new PackedLibrary(folder, join(dist, tarball), { dependencies: {}, peerDependencies: {} });
    const place = await unpacked.unpackTo(join(folder, 'package'));
    return new PackedLibrary(folder, join(dist, tarball), JSON.parse(await readFile(join(place, 'package.json'), 'utf8')) as Manifest);
  }

  async unpackTo(place: string): Promise<string> {
    await mkdir(place, { recursive: true });
    await promisify(execFile)('tar', ['-xzf', this.tarball, '-C', place, '--strip-components=1']);
    return place;
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Runs a shell script. Its output is the message of the error. */
export async function sh(script: string, cwd: string, path: readonly string[] = []): Promise<string> {
  const programs = [...path, join(ROOT, 'node_modules/.bin')].join(delimiter);
  const setting = `export PATH="${programs}${delimiter}$PATH" BUF_CACHE_DIR="${join(cwd, '.buf')}"\n`;
  try {
    return (await promisify(execFile)('sh', ['-ec', setting + script], { cwd })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
    throw new Error(`${script}\n${stdout}${stderr}`, { cause: error });
  }
}
