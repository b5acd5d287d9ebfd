import { newPersonalAccessToken } from '@reputable/contracts';
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

/** The highest acceptable ratio of an opaque token to a JWT. */
const TARGET = 1.05;

/** The highest acceptable ratio of another credential to an opaque token. */
const TARGET_OF_WAYS = 1.03;

const EITHER_TOKEN = pathToFileURL(`${import.meta.dirname}/either-token.js`).href;

/** The `Authorization` header of each way in, by its name. */
type Ways = Readonly<Record<string, string>>;

const [JWT, OPAQUE] = ['a JWT', 'an opaque token'];

/**
 * Compares the gateway's CPU time for the cached credential of each way in, in a request without further work. One process handles
 * alternating blocks of all of them. Prints medians, the ratios of neighbouring blocks, and the number of token exchanges.
 */
export async function run(): Promise<void> {
  const world = await TestWorld.create();
  try {
    const gateway = await startGateway(world);
    const user = aUser();
    const opaque = opaqueWays(world, user);
    const samples: Record<string, number[]> = {};
    let before = 0;
    for (let round = -WARM_UP; round < ROUNDS; round += 1) {
      if (round === 0) before = world.exchange.requests.length;
      const ways = Object.entries<string>({ [JWT]: `Bearer ${await world.issuer.tokenFor(user)}`, ...opaque });
      for (const [name, header] of round % 2 ? ways : ways.reverse()) {
        const sample = await measure(gateway, header);
        if (round >= 0) (samples[name] ??= []).push(sample);
      }
    }
    report(samples, world.exchange.requests.length - before);
    await gateway.stop();
  } finally {
    await world.end();
  }
}

/** The ways in whose credential auth exchanges. */
function opaqueWays(world: TestWorld, user: ReturnType<typeof aUser>): Ways {
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
  const personal = world.opaque(user, { token: newPersonalAccessToken() });
  return {
    [OPAQUE]: `Bearer ${world.opaque(user)}`,
    'a personal access token': `Bearer ${personal}`,
    'a personal access token as a password': basic(`me:${personal}`),
    'the id and secret of an API client': basic(world.opaque(user, { token: `${user.id}:a secret of a client` })),
  };
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
async function measure(gateway: Gateway, authorization: string): Promise<number> {
  const before = await cpuOf(gateway);
  await load({
    url: `http://127.0.0.1:${gateway.ports.http ?? NaN}/graphql`,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization },
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

function report(samples: Readonly<Record<string, readonly number[]>>, exchanges: number): void {
  const of = (name: string) => samples[name] ?? [];
  const ratio = (name: string, to: string) => median(of(name).map((sample, round) => sample / (of(to)[round] ?? NaN)));
  const line = (name: string, value: string) => console.log(`  ${name.padEnd(48)} ${value.padStart(8)}`);
  console.log(`An empty request, CPU time of the gateway (median of ${ROUNDS} blocks of ${REQUESTS} requests, in turn):`);
  for (const [name, blocks] of Object.entries(samples)) line(`with ${name}, cached`, `${median(blocks).toFixed(1)} µs`);
  line(`ratio of ${OPAQUE} to ${JWT}`, ratio(OPAQUE, JWT).toFixed(3));
  const others = Object.keys(samples).filter((name) => name !== JWT && name !== OPAQUE);
  for (const name of others) line(`ratio of ${name}`, ratio(name, OPAQUE).toFixed(3));
  line(`calls to auth in ${(Object.keys(samples).length * ROUNDS * REQUESTS).toLocaleString('en')} requests`, String(exchanges));
  if (ratio(OPAQUE, JWT) > TARGET || others.some((name) => ratio(name, OPAQUE) > TARGET_OF_WAYS)) process.exitCode = 1;
}
