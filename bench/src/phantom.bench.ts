import { ServiceProcess } from '@reputable/dev/service-process';
import { root } from '@reputable/run/build';
import { aUser, TestWorld } from '@reputable/testing';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { load } from './load.ts';
import { median } from './quantile.ts';

const REQUESTS = 4_000;
const CONNECTIONS = 16;
const ROUNDS = 24;
const WARM_UP = 4;

/** The highest acceptable ratio. */
const TARGET = 1.05;

const EITHER_TOKEN = pathToFileURL(`${import.meta.dirname}/either-token.js`).href;

/**
 * Compares the gateway's CPU time for a cached opaque token and for a cached JWT, in a request without further work. One process handles
 * alternating blocks of both. Prints medians, the ratio of neighbouring blocks, and the number of token exchanges.
 */
export async function run(): Promise<void> {
  const world = await TestWorld.create();
  try {
    const gateway = await startGateway(world);
    const user = aUser();
    const opaque = world.opaque(user);
    const samples: Record<'jwt' | 'opaque', number[]> = { jwt: [], opaque: [] };
    let before = 0;
    for (let round = -WARM_UP; round < ROUNDS; round += 1) {
      if (round === 0) before = world.exchange.requests.length;
      const tokens = { jwt: await world.issuer.tokenFor(user), opaque };
      for (const kind of round % 2 ? (['jwt', 'opaque'] as const) : (['opaque', 'jwt'] as const)) {
        const sample = await measure(gateway, tokens[kind]);
        if (round >= 0) samples[kind].push(sample);
      }
    }
    report(samples, world.exchange.requests.length - before);
    await gateway.stop();
  } finally {
    await world.end();
  }
}

type Gateway = Awaited<ReturnType<typeof startGateway>>;

/** Starts the gateway from source, as no module of a bundle can be replaced. */
async function startGateway(world: TestWorld) {
  const nowhere = 'localhost:1';
  const services = { USER_URL: nowhere, POST_URL: nowhere, COMMENT_URL: nowhere };
  return ServiceProcess.start({
    name: 'gateway',
    program: join(root, 'apps/gateway/src/main.ts'),
    nodeOptions: ['--import', '@reputable/run', '--import', EITHER_TOKEN],
    env: { NODE_ENV: 'production', LOG_LEVEL: 'warn', ...(await world.settings('gateway')), ...services },
    log: () => undefined,
  });
}

/** The gateway's CPU time for a request of a block, in microseconds. */
async function measure(gateway: Gateway, token: string): Promise<number> {
  const before = await cpuOf(gateway);
  await load({
    url: `http://127.0.0.1:${gateway.ports.http ?? NaN}/graphql`,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: '{"query":"{ __typename }"}',
    connections: CONNECTIONS,
    amount: REQUESTS,
    verifyBody: (body) => String(body) === '{"data":{"__typename":"Query"}}',
  });
  return ((await cpuOf(gateway)) - before) / REQUESTS;
}

async function cpuOf({ child }: Gateway): Promise<number> {
  const answer = once(child, 'message') as Promise<[{ cpu: number }]>;
  child.send('cpu');
  return (await answer)[0].cpu;
}

function report({ jwt, opaque }: Record<'jwt' | 'opaque', number[]>, exchanges: number): void {
  const ratio = median(jwt.map((sample, round) => (opaque[round] ?? NaN) / sample));
  const line = (name: string, value: string) => console.log(`  ${name.padEnd(44)} ${value.padStart(8)}`);
  console.log(`An empty request, CPU time of the gateway (median of ${ROUNDS} blocks of ${REQUESTS} requests, in turn):`);
  line('with a cached JWT', `${median(jwt).toFixed(1)} µs`);
  line('with a cached opaque token', `${median(opaque).toFixed(1)} µs`);
  line('ratio', ratio.toFixed(3));
  line(`calls to auth in ${(ROUNDS * REQUESTS).toLocaleString('en')} requests`, String(exchanges));
  if (ratio > TARGET) process.exitCode = 1;
}
