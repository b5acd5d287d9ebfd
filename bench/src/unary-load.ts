import { credentials } from '@grpc/grpc-js';
import { AuthenticatedUser, type Client, type ClientIdentity, openClient, runInCall } from '@reputable/auth';
import { SCOPES } from '@reputable/contracts';
import { UserService } from '@reputable/contracts/user/v1/user';
import { Collector } from '@reputable/collector';
import { aUser, TestWorld } from '@reputable/testing';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { median } from './quantile.ts';
import type { ServerMode, Spans, Switches } from './unary-server.ts';

const CALLS = 2_000;
const CONCURRENCY = 32;
const ROUNDS = 40;
const WARM_UP = 5;
const SERVER = fileURLToPath(new URL('unary-server.ts', import.meta.url));
const NOBODY = new AuthenticatedUser({ id: '', roles: [], reputation: 1, scopes: SCOPES, sessionId: '', clientId: '' });

const NO_IDENTITY: ClientIdentity = { credentialsFor: () => credentials.createInsecure(), onChange: () => () => undefined };

/** A variant of the server. */
export interface Variant {
  readonly name: string;
  readonly mtls: boolean;
  readonly checks: boolean;
  /** Default: none. */
  readonly spans?: Spans;
}

/** A running server process and its client. */
interface Target {
  readonly server: ChildProcess;
  readonly client: Client<typeof UserService>;
  readonly token: string;
  readonly close: () => void;
}

/**
 * Measures the server's CPU time for a unary call in alternating blocks of two variants, so that changes of the machine's speed affect both.
 * Prints both medians, and the median of the ratios of neighbouring blocks.
 */
export async function compareTwo(first: Variant, second: Variant): Promise<void> {
  const world = await TestWorld.create();
  const collector = await Collector.start();
  await world.authority.issue('user');
  const variants = [first, second];
  // Variants that differ only in `checks` and `spans` share one process.
  const one = await startTarget(world, first.mtls, collector.url);
  const targets = [one, first.mtls === second.mtls ? one : await startTarget(world, second.mtls, collector.url)];
  const samples = variants.map((): number[] => []);
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    // Alternate the order, because the second block finds warmer caches.
    for (const index of round % 2 ? [1, 0] : [0, 1]) {
      const sample = await measure(targets[index] as Target, variants[index] as Variant);
      if (round >= 0) samples[index]?.push(sample);
    }
  }
  const ratios = (samples[0] ?? []).map((sample, round) => (samples[1]?.[round] ?? NaN) / sample);
  console.log(`A unary call, CPU time of the server (median of ${ROUNDS} blocks of ${CALLS} calls, in turn):`);
  for (const [index, { name }] of variants.entries()) {
    const { handshakes } = await ask((targets[index] as Target).server, { checks: true, spans: 'none' });
    console.log(
      `  ${name.padEnd(32)} ${median(samples[index] ?? [])
        .toFixed(1)
        .padStart(6)} µs   ${handshakes} connections`,
    );
  }
  console.log(`  ${'ratio'.padEnd(32)} ${median(ratios).toFixed(3).padStart(6)}`);
  for (const { close, server } of new Set(targets)) {
    close();
    server.disconnect();
  }
  await collector.stop();
  await world.end();
}

async function startTarget(world: TestWorld, mtls: boolean, collector: string): Promise<Target> {
  const argument: ServerMode = { mtls, tlsFolder: `${world.folder}/user`, issuer: world.issuer.url, collector };
  const server = spawn(process.execPath, ['--import', '@reputable/run', SERVER, JSON.stringify(argument)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const died = once(server, 'exit').then(() => Promise.reject(new Error('The server exited before it was ready.')));
  const [{ port }] = (await Promise.race([once(server, 'message'), died])) as [{ port: number }];
  died.catch(() => undefined);
  const identity = mtls ? await world.certificate('gateway') : NO_IDENTITY;
  const { client, close } = openClient({ contract: UserService, service: 'user', url: `localhost:${port}` }, identity);
  return { server, client, close, token: await world.issuer.tokenFor(aUser()) };
}

/** Places a block of calls, and returns the server's CPU time per call in microseconds. */
async function measure({ server, client, token }: Target, { checks, spans = 'none' }: Variant): Promise<number> {
  const before = await ask(server, { checks, spans });
  let placed = 0;
  const carried = { authorization: `Bearer ${token}`, issuedAt: 0, expiresAt: Infinity, freshUntil: Infinity, user: NOBODY };
  const worker = async () => {
    for (; placed < CALLS; placed += 1) await client.getUser({ id: 'a' });
  };
  const work = () => Promise.all(Array.from({ length: CONCURRENCY }, worker));
  await runInCall({ user: NOBODY, peer: undefined, token: carried, deadline: Infinity }, work);
  return ((await ask(server, { checks, spans })).cpu - before.cpu) / CALLS;
}

/** Changes the server. Returns the server's CPU time in microseconds and its accepted connections. */
async function ask(server: ChildProcess, switches: Switches): Promise<{ cpu: number; handshakes: number }> {
  const answer = once(server, 'message') as Promise<[{ cpu: number; handshakes: number }]>;
  server.send(switches);
  return (await answer)[0];
}
