import { CliError, eventually } from '@reputable/cli';
import type { GraphQLClient } from '@reputable/dev';
import { setTimeout as sleep } from 'node:timers/promises';
import { check, step } from './check.ts';
import type { Compose, Container } from './compose.ts';

const REPLICAS = 3;
/** The least share of the traffic for a replica to count. An even share is a third. */
const SHARE = 0.2;
/** How long clients may take to use a new replica, in milliseconds: connections live for 20 s. */
const NOTICE_MS = 60_000;
/** How long one measurement of the traffic takes, in milliseconds. */
const SAMPLE_MS = 3_000;
const READERS = 4;
const PAUSE_MS = 10;

/** Three replicas of post share the calls. No read fails while one is stopped, another is killed, and both come back. */
export async function checkScaling(compose: Compose, api: GraphQLClient): Promise<void> {
  await step(`Scaling post to ${String(REPLICAS)}`, async () => {
    await compose.compose(['up', '--detach', '--no-recreate', '--scale', `post=${String(REPLICAS)}`]);
    await until(
      'Every replica of post is healthy',
      120_000,
      async () => (await compose.containers('post')).filter(isHealthy).length === REPLICAS,
    );
  });
  const load = new Load(() => api.ask('{ posts(first: 5) { nodes { id title } } }'));
  try {
    await step('Reading posts until each replica has its share', () => untilShared(compose));
    const [first, second] = await compose.containers('post');
    if (!first || !second) throw new CliError('There are no replicas of post.');
    await step('Stopping one of them', async () => {
      await compose.docker(['stop', first.Id]);
      await sleep(SAMPLE_MS);
    });
    const stopped = (await compose.containers('post')).find(({ Id }) => Id === first.Id);
    check('it exited by itself, before Docker killed it', stopped?.State.ExitCode === 0 ? [] : ['Docker killed it.']);
    await step('Killing another', async () => {
      await compose.docker(['kill', second.Id]);
      await sleep(SAMPLE_MS);
    });
    await step('Starting both again until each has its share', async () => {
      await compose.docker(['start', first.Id, second.Id]);
      await untilShared(compose);
    });
  } finally {
    await load.stop();
  }
  check(`no read failed, of ${String(load.reads)}`, load.failures);
}

/** Reads again and again until it is stopped, and collects the failures. */
export class Load {
  readonly failures: string[] = [];
  reads = 0;
  #stopped = false;
  readonly #readers: Promise<unknown>;

  /** @param read one read; rejects if it fails */
  constructor(read: () => Promise<unknown>) {
    this.#readers = Promise.all(Array.from({ length: READERS }, () => this.#run(read)));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#readers;
  }

  async #run(read: () => Promise<unknown>): Promise<void> {
    while (!this.#stopped) {
      await read().catch((error: unknown) => this.failures.push(`${new Date().toISOString()} ${(error as Error).message}`));
      this.reads += 1;
      await sleep(PAUSE_MS);
    }
  }
}

const isHealthy = ({ State }: Container) => State.Running && State.Health?.Status === 'healthy';

async function untilShared(compose: Compose): Promise<void> {
  await until('Calls are balanced over three replicas', NOTICE_MS, async () => {
    const running = (await compose.containers('post')).filter(({ State }) => State.Running);
    return running.length === REPLICAS && (await sharesOf(compose, running)).every((share) => share >= SHARE);
  });
}

/** Each container's share of the bytes that all of them receive during one sample. */
async function sharesOf(compose: Compose, containers: readonly Container[]): Promise<readonly number[]> {
  const received = () =>
    Promise.all(containers.map(async ({ Id }) => bytesIn((await compose.docker(['exec', Id, 'cat', '/proc/net/dev'])).stdout)));
  const before = await received();
  await sleep(SAMPLE_MS);
  return shares((await received()).map((bytes, index) => bytes - (before[index] ?? 0)));
}

/** The bytes that all interfaces but the loopback received, from the text of `/proc/net/dev`. */
export const bytesIn = (text: string): number =>
  [...text.matchAll(/^\s*(\w+):\s*(\d+)/gm)].filter(([, name]) => name !== 'lo').reduce((sum, [, , bytes]) => sum + Number(bytes), 0);

/** Each number's share of their sum. */
export function shares(numbers: readonly number[]): readonly number[] {
  const sum = numbers.reduce((total, each) => total + each, 0);
  return numbers.map((each) => (sum === 0 ? 0 : each / sum));
}

/** Waits until something holds. */
export async function until(what: string, timeoutMs: number, holds: () => Promise<boolean>): Promise<void> {
  await eventually(async () => {
    if (!(await holds())) throw new CliError(`Check failed after ${String(timeoutMs / 1000)} s: ${what}.`);
  }, timeoutMs);
}
