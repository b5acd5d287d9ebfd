import { ServiceProcess } from '@reputable/dev/service-process';
import { root } from '@reputable/run/build';
import { TestWorld } from '@reputable/testing';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ask } from './call-server.ts';
import { load } from './load.ts';
import { median } from './quantile.ts';
import { JWT, OPAQUE, PROVEN, PUBLIC_URL, type Way, waysInto } from './ways.ts';

const REQUESTS = 1_000;
const CONNECTIONS = 16;
const ROUNDS = 24;
const WARM_UP = 4;

const BODY = '{"query":"{ __typename }"}';
const JSON_TYPE = { 'content-type': 'application/json' };

/** The highest acceptable ratio of an opaque token to a JWT. */
const TARGET = 1.05;

/** The highest acceptable ratio of another credential to an opaque token. */
const TARGET_OF_WAYS = 1.03;

const EITHER_TOKEN = pathToFileURL(`${import.meta.dirname}/either-token.js`).href;

/** Times of a block of requests, for each request, in microseconds. */
interface Sample {
  /** The gateway's CPU time. */
  readonly cpu: number;
  /** How long the gateway authenticated it, the median of the block. */
  readonly authentication: number;
}

type Samples = Readonly<Record<string, readonly Sample[]>>;

/**
 * Compares the gateway's time for the cached credential of each way in, in a request without further work. One process handles alternating
 * blocks of all of them. Prints medians, ratios, and the number of token exchanges.
 */
export async function run(): Promise<void> {
  const world = await TestWorld.create();
  try {
    const gateway = await startGateway(world);
    const ways = Object.entries(await waysInto(world));
    const samples: Record<string, Sample[]> = {};
    let before = 0;
    for (let round = -WARM_UP; round < ROUNDS; round += 1) {
      if (round === 0) before = world.exchange.requests.length;
      for (const [name, way] of ways) {
        const sample = await measure(gateway, way);
        if (round >= 0) (samples[name] ??= []).push(sample);
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
    env: { NODE_ENV: 'production', LOG_LEVEL: 'warn', PUBLIC_URL, ...(await world.settings('gateway')), ...services },
    log: () => undefined,
  });
}

const urlOf = ({ ports }: Gateway) => `http://127.0.0.1:${ports.http ?? NaN}/graphql`;

async function measure(gateway: Gateway, way: Way): Promise<Sample> {
  // autocannon prepares the next request of each connection, also after the last one.
  const headersOf = await way(REQUESTS + 2 * CONNECTIONS, await nonceOf(gateway));
  let next = 0;
  const before = await usageOf(gateway);
  await load({
    url: urlOf(gateway),
    method: 'POST',
    body: BODY,
    connections: CONNECTIONS,
    amount: REQUESTS,
    requests: [
      {
        setupRequest: (request) => ({ ...request, headers: { ...JSON_TYPE, ...headersOf(next++) } }),
      },
    ],
    verifyBody: (body) => String(body) === '{"data":{"__typename":"Query"}}',
  });
  const { cpu, authentication } = await usageOf(gateway);
  return { cpu: (cpu - before.cpu) / REQUESTS, authentication };
}

/** The current nonce for proofs. The gateway sends it in every response to a request with a proof, valid or not. */
async function nonceOf(gateway: Gateway): Promise<string> {
  const { headers } = await fetch(urlOf(gateway), { method: 'POST', headers: { ...JSON_TYPE, dpop: 'a proof' }, body: BODY });
  return headers.get('dpop-nonce') ?? '';
}

const usageOf = ({ child }: Gateway) => ask<Sample>(child, {});

function report(samples: Samples, exchanges: number): void {
  const cpu = (name: string) => median((samples[name] ?? []).map((sample) => sample.cpu));
  const authentication = (name: string) => median((samples[name] ?? []).map((sample) => sample.authentication));
  // The ways differ in the authentication alone. Other processes disturb its median less than the CPU time, which also has the network.
  const ratioOf = (name: string, to: string) => 1 + (authentication(name) - authentication(to)) / cpu(to);
  const line = (name: string, ...values: string[]) =>
    console.log(`  ${name.padEnd(44)} ${values.map((value) => value.padStart(14)).join('')}`);
  console.log(`An empty request, median of ${ROUNDS} blocks of ${REQUESTS} requests, in turn:`);
  line('credential, cached', 'authentication', 'request, CPU', 'ratio');
  const rows = Object.keys(samples).map((name) => {
    const [to, target] = name === OPAQUE ? [JWT, TARGET] : [OPAQUE, TARGET_OF_WAYS];
    const time = `${authentication(name).toFixed(2)} µs`;
    if (name === JWT) return { name, time, ratio: 1, target };
    // Other threads verify a proof: the time of its authentication is mostly waiting.
    if (name === PROVEN) return { name, time: '', ratio: cpu(name) / cpu(to), target: Infinity };
    return { name, time, ratio: ratioOf(name, to), target };
  });
  for (const { name, time, ratio } of rows) line(name, time, `${cpu(name).toFixed(1)} µs`, ratio.toFixed(3));
  line(`calls to auth in ${(rows.length * ROUNDS * REQUESTS).toLocaleString('en')} requests`, String(exchanges));
  if (rows.some(({ ratio, target }) => ratio > target)) process.exitCode = 1;
}
