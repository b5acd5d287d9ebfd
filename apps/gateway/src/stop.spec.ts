import { beforeAll, expect, it } from '@jest/globals';
import { TestWorld } from '@reputable/testing';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** The delay before the stop, and how long a balancer takes to send no more requests, in milliseconds. */
const [DELAY_MS, BALANCER_MS] = [1_500, 1_000];

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
  const agent = new Agent({ keepAlive: true, maxSockets: 50 });
  const outcomes: Promise<Outcome>[] = [];
  const timer = setInterval(() => {
    for (let n = 0; n < 4; n += 1) outcomes.push(get(`${url}/health/live`, agent));
  }, 10);
  await sleep(500);
  const signalled = performance.now();
  const stopped = gateway.stop();
  await sleep(300);
  expect((await get(`${url}/health/ready`, new Agent())).status).toBe(503);
  await sleep(BALANCER_MS - 300);
  clearInterval(timer);
  const all = await Promise.all(outcomes);
  expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200]));
  const late = all.filter(({ sentAt }) => sentAt > signalled + 200);
  expect(late.length).toBeGreaterThan(50);
  expect(new Set(late.map(({ connection }) => connection))).toEqual(new Set(['close']));
  await stopped;
  expect(gateway.process.exitCode).toBe(0);
  agent.destroy();
});
