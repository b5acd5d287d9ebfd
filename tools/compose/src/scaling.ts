import { setTimeout as sleep } from 'node:timers/promises';
import { type Compose, type Container, serviceOf } from './compose.ts';
import { ComposeError } from './error.ts';
import { Load, readPosts } from './load.ts';
import type { Report } from './report.ts';

const REPLICAS = 3;

/** What a replica must get of the traffic to count as having its part of it. Evenly it would be a third. */
const PART = 0.2;

/** How long clients may take to notice a replica that was added, in milliseconds: connections live for 20 s and a bit. */
const NOTICE_MS = 60_000;

/** How long the traffic is looked at, in milliseconds. */
const SAMPLE_MS = 3_000;

/** Three replicas of post share the calls; one is stopped, one is killed, one comes back: no read fails. */
export async function checkScaling(compose: Compose, graphql: string, report: Report): Promise<void> {
  await report.step(`Scaling post to ${String(REPLICAS)}`, async () => {
    await compose.compose(['up', '--detach', '--no-recreate', '--scale', `post=${String(REPLICAS)}`]);
    await until('Every replica of post is healthy', 120_000, async () => (await replicas(compose)).filter(isHealthy).length === REPLICAS);
  });
  const load = new Load(readPosts(graphql));
  try {
    await report.step('Reading posts, until each replica has its part', () => untilShared(compose, REPLICAS));
    const parts = await partsOf(compose, await replicas(compose));
    report.holds(
      `calls are spread over ${String(REPLICAS)} replicas: ${parts.map((part) => `${(part * 100).toFixed(0)} %`).join(', ')}`,
      [],
    );
    const [first, second] = await replicas(compose);
    if (!first || !second) throw new ComposeError('There are no replicas of post.');
    await report.step('Stopping one of them', async () => {
      await compose.docker(['stop', first.Id]);
      await sleep(SAMPLE_MS);
    });
    const stopped = (await replicas(compose)).find(({ Id }) => Id === first.Id);
    report.holds('it ended by itself, before it would have been killed', stopped?.State.ExitCode === 0 ? [] : ['It was killed.']);
    report.holds(`no read failed, of ${String(load.reads)}`, load.failures);
    await report.step('Killing another', async () => {
      await compose.docker(['kill', second.Id]);
      await sleep(SAMPLE_MS);
    });
    report.holds(`no read failed, of ${String(load.reads)}`, load.failures);
    await report.step('Starting both again, until each has its part', async () => {
      await compose.docker(['start', first.Id, second.Id]);
      await untilShared(compose, REPLICAS);
    });
  } finally {
    await load.stop();
  }
  report.holds(`no read failed, of ${String(load.reads)}; the slowest took ${load.slowestMs.toFixed(0)} ms`, load.failures);
}

const isHealthy = ({ State }: Container) => State.Running && State.Health?.Status === 'healthy';

const replicas = async (compose: Compose) => (await compose.containers('post')).filter((container) => serviceOf(container) === 'post');

async function untilShared(compose: Compose, count: number): Promise<void> {
  await until(`Each of ${String(count)} replicas gets its part of the calls`, NOTICE_MS, async () => {
    const running = (await replicas(compose)).filter(({ State }) => State.Running);
    if (running.length < count) return false;
    return (await partsOf(compose, running)).every((part) => part >= PART);
  });
}

/** Which part of what all of them receive each container receives, for a while. */
async function partsOf(compose: Compose, containers: readonly Container[]): Promise<readonly number[]> {
  const received = () =>
    Promise.all(containers.map(async ({ Id }) => bytesIn((await compose.docker(['exec', Id, 'cat', '/proc/net/dev'])).stdout)));
  const before = await received();
  await sleep(SAMPLE_MS);
  const after = await received();
  return shares(after.map((bytes, index) => bytes - (before[index] ?? 0)));
}

/** What was received by all interfaces but the loopback, by `/proc/net/dev`. */
export const bytesIn = (text: string): number =>
  [...text.matchAll(/^\s*(\w+):\s*(\d+)/gm)].filter(([, name]) => name !== 'lo').reduce((sum, [, , bytes]) => sum + Number(bytes), 0);

/** Each number's part of their sum. */
export function shares(numbers: readonly number[]): readonly number[] {
  const sum = numbers.reduce((total, each) => total + each, 0);
  return numbers.map((each) => (sum === 0 ? 0 : each / sum));
}

async function until(what: string, patience: number, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + patience;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new ComposeError(`This took longer than ${String(patience / 1000)} s: ${what}.`);
    await sleep(500);
  }
}
