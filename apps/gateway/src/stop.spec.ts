import { beforeAll, expect, it } from '@jest/globals';
import { TestWorld } from '@reputable/testing';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** The delay before the stop, in milliseconds. Until then the balancer of this spec has noticed it, on a busy machine, too. */
const DELAY_MS = 3_000;

/** The number of clients behind the balancer. */
const CLIENTS = 20;

let world: TestWorld;
beforeAll(async () => {
  world = await TestWorld.shared();
});

/** The answer to a request, or the code of its error. */
interface Outcome {
  readonly status: number | string | undefined;
  readonly connection: string | undefined;
  readonly sentAt: number;
}

async function get(url: string, agent: Agent): Promise<Outcome> {
  const sentAt = performance.now();
  try {
    const sent = request(url, { agent }).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.resume();
    await once(response, 'end');
    return { status: response.statusCode, connection: response.headers.connection, sentAt };
  } catch (error) {
    return { status: (error as NodeJS.ErrnoException).code, connection: undefined, sentAt };
  }
}

it('answers all requests until the balancer sends no more: not ready, then closing connections, then gone', async () => {
  const gateway = await world.start('gateway', { SHUTDOWN_DELAY_MS: String(DELAY_MS) });
  const url = `http://127.0.0.1:${String(gateway.ports.http)}`;
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  const outcomes: Outcome[] = [];
  let isOver = false;
  const clients = Array.from({ length: CLIENTS }, async () => {
    while (!isOver) outcomes.push(await get(`${url}/health/live`, agent));
  });
  const since = (time: number) => outcomes.filter(({ sentAt }) => sentAt > time);
  while (outcomes.length < 200) await sleep(10);
  const stopped = gateway.stop();
  while (gateway.process.exitCode === null && (await get(`${url}/health/ready`, new Agent())).status !== 503) await sleep(10);
  const unready = performance.now();
  while (since(unready).length <= 50) await sleep(10);
  isOver = true;
  await Promise.all(clients);
  expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set([200]));
  expect(new Set(since(unready).map(({ connection }) => connection))).toEqual(new Set(['close']));
  await stopped;
  expect(gateway.process.exitCode).toBe(0);
  agent.destroy();
});
