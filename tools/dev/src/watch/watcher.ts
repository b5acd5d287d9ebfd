import type { ServiceName } from '@reputable/contracts/registry';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../log.ts';
import type { System } from '../system.ts';
import { Dependents } from './dependents.ts';
import { FolderWatch } from './folder-watch.ts';
import { Sources } from './sources.ts';
import { syntaxFault } from './syntax.ts';

/** An editor that formats saves twice, and `git checkout` writes many files: what follows within this long is one change. */
const QUIET_MS = 150;

/** The contract: services are made from what is generated from it. */
const CONTRACT = 'proto';

export interface WatcherOptions {
  /** The root of the workspace. */
  readonly root: string;
  readonly system: Pick<System, 'restart'>;
  readonly services: readonly ServiceName[];
  /** Makes the code anew after the contract has changed; rejects with what is wrong with it. */
  readonly generate: () => Promise<void>;
  readonly log: Log;
}

/**
 * Keeps a running system as its files are: after a change it restarts the services that are made of what changed, and no others.
 * What cannot be run is told once, and everything that runs goes on.
 */
export class Watcher {
  readonly #options: WatcherOptions;
  readonly #folders: readonly string[];
  readonly #sources: Sources;
  readonly #watch: FolderWatch;
  /** Changed, and not running yet. */
  readonly #pending = new Set<string>();
  #working: Promise<void> | undefined;
  #again = false;
  #closed = false;

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.#folders = [...this.#dependents().folders, CONTRACT];
    this.#sources = new Sources(options.root, this.#folders);
    this.#watch = new FolderWatch(options.root, this.#folders, () => this.#notice());
  }

  /** Stops watching; resolves when no restart is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#working;
    this.#watch.close();
  }

  #notice(): void {
    this.#again = true;
    this.#working ??= this.#work().finally(() => (this.#working = undefined));
  }

  async #work(): Promise<void> {
    do {
      this.#again = false;
      await sleep(QUIET_MS);
      if (!this.#isStirring()) await this.#look();
    } while (this.#isStirring() && !this.#isClosed());
  }

  /** Asked by name: what is awaited in between may have changed it. */
  #isStirring(): boolean {
    return this.#again;
  }

  #isClosed(): boolean {
    return this.#closed;
  }

  async #look(): Promise<void> {
    if (this.#closed) return;
    this.#watch.refresh();
    const changes = this.#sources.changes();
    for (const file of changes) this.#pending.add(file);
    if (changes.length === 0 || (await this.#isBroken())) return;
    while ([...this.#pending].some(isContract)) if (!(await this.#generate())) return;
    await this.#restart();
  }

  async #isBroken(): Promise<boolean> {
    for (const file of this.#pending) {
      const fault = await syntaxFault(this.#options.root, file);
      if (fault === undefined) continue;
      this.#say(`${file} cannot be run, so nothing is restarted.\n${fault}`);
      return true;
    }
    return false;
  }

  async #generate(): Promise<boolean> {
    this.#say('The contract has changed: npm run proto.');
    for (const file of this.#pending) if (isContract(file)) this.#pending.delete(file);
    try {
      await this.#options.generate();
    } catch (error) {
      this.#say(`The contract cannot be used, so nothing is restarted.\n${(error as Error).message}`);
      return false;
    }
    for (const file of this.#sources.changes()) this.#pending.add(file);
    return true;
  }

  async #restart(): Promise<void> {
    const files = [...this.#pending];
    this.#pending.clear();
    const apps = this.#dependents().of(files);
    const names = this.#options.services.filter((name) => apps.includes(folderOf(name)));
    if (names.length === 0 || this.#closed) return;
    const began = performance.now();
    this.#say(`${told(files)} changed: restarting ${names.join(', ')}.`);
    const outcomes = await Promise.all(names.map(async (name) => ({ name, failure: await this.#restartOne(name) })));
    if (this.#isClosed()) return;
    const ready = outcomes.filter(({ failure }) => !failure).map(({ name }) => name);
    if (ready.length > 0) this.#say(`Ready after ${((performance.now() - began) / 1000).toFixed(1)} s: ${ready.join(', ')}.`);
    // What is wrong with a library is wrong with all that are made of it.
    for (const alike of Map.groupBy(outcomes, ({ failure }) => failure?.reason).values()) {
      if (!alike[0]?.failure) continue;
      const down = alike.map(({ name }) => name).join(', ');
      this.#say(`${alike[0].failure.story}\nDown until what is wrong there has changed: ${down}. The others go on.`);
    }
  }

  async #restartOne(name: ServiceName): Promise<Failure | undefined> {
    try {
      await this.#options.system.restart(name);
      return undefined;
    } catch (error) {
      return failureOf(name, error as Error);
    }
  }

  /** As the packages say now: what a service is made of changes, too. */
  #dependents(): Dependents {
    return new Dependents(this.#options.root, this.#options.services.map(folderOf));
  }

  #say(line: string): void {
    this.#options.log('launcher', line);
  }
}

/** Why a service does not start again. */
interface Failure {
  /** In one line, without the service's name. */
  readonly reason: string;
  /** All that it had to say. */
  readonly story: string;
}

function failureOf(name: ServiceName, { message, ...rest }: Error & { readonly said?: readonly string[] }): Failure {
  const said = (rest.said ?? []).map((line) => line.replace(`${name} does not start: `, ''));
  const own = message.replace(`${name} does not start: `, '');
  const reason = said.find((line) => /^\w*Error\b.*: /.test(line)) ?? own;
  return { reason, story: [own, ...said.filter((line) => line !== own)].join('\n').trim() };
}

const folderOf = (name: ServiceName) => `apps/${name}`;

const isContract = (file: string) => file.startsWith(`${CONTRACT}/`);

/** The files by name, if they are few. */
const told = (files: readonly string[]) =>
  files.length <= 3 ? files.join(', ') : `${files[0] ?? ''} and ${String(files.length - 1)} more`;
