import { onDemand } from '@reputable/on-demand';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const ROOT = resolve(import.meta.dirname, '../../..');
const README = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
const LIBRARIES = ['contracts', 'errors', 'auth'];

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** The README's code blocks by title: a file's path, or the name of a command. */
export const blocks: ReadonlyMap<string, string> = new Map(
  [...README.matchAll(/^```\w+ title=(\S+)\n([^]*?)^```$/gm)].map(([, title = '', code = '']) => [title, code]),
);

/**
 * A project outside this workspace, built by the README's instructions in an empty folder. Instead of a download from npm, it links the
 * packages that the libraries declare or the README installs, and no others.
 */
export class ExternalProject {
  private constructor(
    readonly folder: string,
    readonly dist: string,
  ) {}

  static async create(): Promise<ExternalProject> {
    const folder = await mkdtemp(join(tmpdir(), 'reputable-external-'));
    const project = new ExternalProject(join(folder, 'invoice'), join(folder, 'dist'));
    await mkdir(project.folder);
    await project.#pack();
    await project.#install();
    await project.#write();
    return project;
  }

  /** Runs one of the README's command blocks in the project. */
  async run(title: string): Promise<void> {
    await sh(block(title), this.folder, [join(this.folder, 'node_modules/.bin')]);
  }

  async remove(): Promise<void> {
    await rm(dirname(this.folder), { recursive: true, force: true });
  }

  /** Packs the libraries into a folder of its own, so that parallel runs do not collide. */
  async #pack(): Promise<void> {
    await mkdir(this.dist);
    await sh(block('pack').replace('--pack-destination dist', `--pack-destination ${this.dist}`), ROOT);
  }

  async #install(): Promise<void> {
    const modules = join(this.folder, 'node_modules');
    const named = block('install')
      .split(/\s+/)
      .filter((word) => existsSync(join(ROOT, 'node_modules', word, 'package.json')));
    for (const library of LIBRARIES) {
      const place = join(modules, '@reputable', library);
      await mkdir(place, { recursive: true });
      const [tarball = ''] = block('install').match(new RegExp(`reputable-${library}-\\S+\\.tgz`)) ?? [];
      await promisify(execFile)('tar', ['-xzf', join(this.dist, tarball), '-C', place, '--strip-components=1']);
      const {
        name,
        dependencies = {},
        peerDependencies = {},
      } = JSON.parse(await readFile(join(place, 'package.json'), 'utf8')) as Manifest;
      const missing = Object.keys(peerDependencies).filter((peer) => !named.includes(peer));
      if (missing.length > 0) throw new Error(`${name} needs ${missing.join(', ')}. Add it to the README's install block.`);
      named.push(...Object.keys(dependencies).filter((needed) => !needed.startsWith('@reputable/')));
    }
    for (const needed of new Set(named)) await link(join(ROOT, 'node_modules', needed), join(modules, needed));
    const programs = join(modules, '.bin');
    for (const program of ['protoc-gen-es', 'tsc']) await link(join(ROOT, 'node_modules/.bin', program), join(programs, program));
    await link(join(onDemand('buf'), 'node_modules/.bin/buf'), join(programs, 'buf'));
  }

  async #write(): Promise<void> {
    await writeFile(join(this.folder, 'package.json'), JSON.stringify({ name: 'invoice', type: 'module' }));
    for (const [title, code] of blocks) {
      if (!title.includes('.')) continue;
      await mkdir(join(this.folder, dirname(title)), { recursive: true });
      await writeFile(join(this.folder, title), code);
    }
  }
}

function block(title: string): string {
  const code = blocks.get(title);
  if (code === undefined) throw new Error(`The README has no block ${title}.`);
  return code;
}

async function link(target: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await symlink(target, path);
}

/** Runs a shell script. Its output is the message of the error. */
async function sh(script: string, cwd: string, path: readonly string[] = []): Promise<void> {
  const programs = [...path, join(ROOT, 'node_modules/.bin')].join(delimiter);
  const setting = `export PATH="${programs}${delimiter}$PATH" BUF_CACHE_DIR="${join(cwd, '.buf')}"\n`;
  try {
    await promisify(execFile)('sh', ['-ec', setting + script], { cwd });
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
    throw new Error(`${script}\n${stdout}${stderr}`, { cause: error });
  }
}
