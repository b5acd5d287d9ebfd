import type { ServiceName } from '@reputable/contracts/registry';
import { swcOptions } from '@reputable/run/swc';
import { transformSync } from '@swc/core';
import { watch as watchFiles } from 'chokidar';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { affectedBy } from './affected.ts';
import type { Log } from './log.ts';

/** Changes that follow each other within this time are one change: an editor that formats saves twice, and `git checkout` writes many files. */
const QUIET_MS = 150;
const FOLDERS = ['apps', 'libs', 'tools', 'proto'];
const SOURCE = /\.(ts|js|json|graphql|sql|proto)$/;
const IGNORED = /(^|\/)(node_modules|dist|coverage|fixture|src\/testing)(\/|$)|\.(spec|fixture)\.ts$|\btsconfig[^/]*\.json$/;

export interface WatcherOptions {
  /** The root of the workspace. */
  readonly root: string;
  readonly system: { readonly restart: (name: ServiceName) => Promise<void> };
  readonly services: readonly ServiceName[];
  /** Generates code from the contract; rejects with the faults of the contract. */
  readonly generate: () => Promise<void>;
  readonly log: Log;
}

/** Restarts the services that a change affects. A change that cannot run restarts nothing. */
export class Watcher {
  readonly #digests = new Map<string, string | undefined>();
  /** The changed files, with the digests from before the change. */
  readonly #changed = new Map<string, string | undefined>();
  #files: ReturnType<typeof watchFiles> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<void> = Promise.resolve();
  #isClosed = false;

  private constructor(private readonly options: WatcherOptions) {}

  /** Resolves when it watches all sources. */
  static async open(options: WatcherOptions): Promise<Watcher> {
    const watcher = new Watcher(options);
    const { root } = options;
    for (const file of globSync(`{${FOLDERS.join()}}/**`, { cwd: root, exclude: (file) => IGNORED.test(file) })) watcher.#notice(file);
    watcher.#changed.clear();
    const files = watchFiles(FOLDERS, { cwd: root, ignored: (path) => IGNORED.test(relative(root, path)) });
    watcher.#files = files;
    await new Promise<void>((resolve) => files.once('ready', resolve));
    files.on('all', (_, file) => {
      if (watcher.#notice(file)) watcher.#schedule();
    });
    return watcher;
  }

  /** Stops watching; resolves when no restart is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#files?.close();
    await this.#work;
  }

  /** Whether a file is a source and has other content than before. */
  #notice(file: string): boolean {
    if (!SOURCE.test(file)) return false;
    const text = this.#textOf(file);
    const digest = text === undefined ? undefined : createHash('sha1').update(text).digest('base64');
    const former = this.#digests.get(file);
    if (former === digest) return false;
    this.#digests.set(file, digest);
    if (!this.#changed.has(file)) this.#changed.set(file, former);
    return true;
  }

  /** The changed files. A file that was empty for a moment, while the same text was saved, is none. */
  #changes(): Map<string, string | undefined> {
    for (const [file, former] of this.#changed) {
      this.#notice(file);
      if (this.#digests.get(file) === former) this.#changed.delete(file);
    }
    return new Map(this.#changed);
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#work = this.#work.then(() => this.#apply());
    }, QUIET_MS);
  }

  async #apply(): Promise<void> {
    const changes = this.#changes();
    const files = [...changes.keys()].sort();
    if (this.#isClosed || files.length === 0 || this.#isBroken(files)) return;
    this.#changed.clear();
    const contract = files.filter((file) => file.startsWith('proto/'));
    if (contract.length === 0) return this.#restart(files);
    if (!(await this.#generate())) return;
    for (const [file, former] of changes) if (!contract.includes(file)) this.#changed.set(file, former);
    // Together with the files that were generated.
    this.#schedule();
  }

  #isBroken(files: readonly string[]): boolean {
    for (const file of files) {
      const fault = faultIn(file, this.#textOf(file) ?? '');
      if (fault === undefined) continue;
      this.#say(`${file} has a syntax error. No service is restarted.\n${fault}`);
      return true;
    }
    return false;
  }

  async #generate(): Promise<boolean> {
    this.#say('The contract changed. Running npm run proto.');
    try {
      await this.options.generate();
      return true;
    } catch (error) {
      this.#say(`The contract has faults. No service is restarted.\n${(error as Error).message}`);
      return false;
    }
  }

  async #restart(files: readonly string[]): Promise<void> {
    const names = affectedBy(this.options.root, files, this.options.services);
    if (names.length === 0) return;
    const start = performance.now();
    this.#say(
      `${files.length <= 3 ? files.join(', ') : `${files[0] ?? ''} and ${String(files.length - 1)} more`} changed. Restarting ${names.join(', ')}.`,
    );
    const results = await Promise.all(names.map(async (name) => ({ name, failure: await this.#restartOne(name) })));
    if (this.#isClosed) return;
    // A fault in a library is the same for all services that use it.
    const groups = Map.groupBy(results, (result) => result.failure);
    for (const [failure, alike] of [...groups].sort(([a = ''], [b = '']) => a.localeCompare(b))) {
      const list = alike.map(({ name }) => name).join(', ');
      if (failure === undefined) this.#say(`Ready after ${((performance.now() - start) / 1000).toFixed(1)} s: ${list}.`);
      else this.#say(`${failure}\nNot running until you save a correction: ${list}. The other services run.`);
    }
  }

  /** Why a service does not start again, without its name and process id. */
  async #restartOne(name: ServiceName): Promise<string | undefined> {
    try {
      await this.options.system.restart(name);
      return undefined;
    } catch (error) {
      const { message, cause } = error as Error;
      const text = [message, ...(typeof cause === 'string' ? [cause] : [])].join('\n');
      return text.replaceAll(`${name} does not start: `, '').replaceAll(`apps/${name}/`, 'apps/…/').trim();
    }
  }

  #textOf(file: string): string | undefined {
    const path = join(this.options.root, file);
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  }

  #say(line: string): void {
    this.options.log('launcher', line);
  }
}

/** The syntax error of a file: with it, every service that imports the file would stop. */
function faultIn(file: string, text: string): string | undefined {
  try {
    if (file.endsWith('.ts')) transformSync(text, { ...swcOptions, filename: file });
    if (file.endsWith('.json') && text !== '') JSON.parse(text);
    return undefined;
  } catch (error) {
    return stripVTControlCharacters((error as Error).message).trim();
  }
}
