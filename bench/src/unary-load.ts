import { context, type Context, diag, propagation, ROOT_CONTEXT, trace, TraceFlags } from '@opentelemetry/api';
import { type Client, openClient } from '@reputable/auth';
import { UserService } from '@reputable/contracts/user/v1/user';
import { startTelemetry } from '@reputable/telemetry';
import { aUser, TestWorld } from '@reputable/testing';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { ask, carrying, NO_IDENTITY, placeCalls, startServer } from './call-server.ts';
import { median } from './quantile.ts';
import { exportTo, startCollector } from './spans.ts';
import type { ServerMode, Switches } from './unary-server.ts';

const CALLS = 2_000;
const CONCURRENCY = 32;
const ROUNDS = 40;
const WARM_UP = 5;

/** A variant of the server. */
export interface Variant {
  readonly name: string;
  readonly mtls: boolean;
  readonly checks: boolean;
  /** Whether an OpenTelemetry SDK runs in the server. Default: no. */
  readonly spans?: boolean;
}

/** The server's CPU time in microseconds, and its accepted connections. */
interface ServerUsage {
  readonly cpu: number;
  readonly handshakes: number;
}

/** A running server process and its client. */
interface Target {
  readonly server: ChildProcess;
  readonly client: Client<typeof UserService>;
  /** Makes a token. */
  readonly token: () => Promise<string>;
  readonly close: () => void;
}

/**
 * Measures the server's CPU time for a unary call in alternating blocks of two variants, so that changes of the machine's speed affect both.
 * Prints both medians, and the median of the ratios of neighbouring blocks, which it returns.
 *
 * @param sampled the share of the traces that the client samples, for both variants, so that its own work is the same. Default: it has no traces
 */
export async function compareTwo(first: Variant, second: Variant, sampled?: number): Promise<number> {
  const world = await TestWorld.create();
  const collector = await startCollector();
  await world.authority.issue('user');
  const variants = [first, second];
  const telemetry = sampled === undefined ? undefined : startTelemetry({ service: 'gateway', ...exportTo(collector.url) });
  // Variants that differ only in `checks` and `spans` share one process.
  const one = await startTarget(world, first.mtls, collector.url);
  const targets = [one, first.mtls === second.mtls ? one : await startTarget(world, second.mtls, collector.url)];
  const samples = variants.map((): number[] => []);
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    // Alternate the order, because the second block finds warmer caches.
    for (const index of round % 2 ? [1, 0] : [0, 1]) {
      const sample = await measure(targets[index] as Target, variants[index] as Variant, sampled);
      if (round >= 0) samples[index]?.push(sample);
    }
  }
  const ratios = (samples[0] ?? []).map((sample, round) => (samples[1]?.[round] ?? NaN) / sample);
  console.log(`A unary call, CPU time of the server (median of ${ROUNDS} blocks of ${CALLS} calls, in turn):`);
  for (const [index, { name }] of variants.entries()) {
    const { handshakes } = await ask<ServerUsage>((targets[index] as Target).server, { checks: true, spans: false } satisfies Switches);
    console.log(
      `  ${name.padEnd(32)} ${median(samples[index] ?? [])
        .toFixed(1)
        .padStart(6)} µs   ${handshakes} connections`,
    );
  }
  const ratio = median(ratios);
  console.log(`  ${'ratio'.padEnd(32)} ${ratio.toFixed(3).padStart(6)}`);
  for (const { close, server } of new Set(targets)) {
    close();
    server.disconnect();
  }
  await telemetry?.stop();
  for (const api of [context, diag, propagation, trace]) api.disable();
  collector.stop();
  await world.end();
  return ratio;
}

async function startTarget(world: TestWorld, mtls: boolean, collector: string): Promise<Target> {
  const mode: ServerMode = { mtls, tlsFolder: `${world.folder}/user`, issuer: world.issuer.url, collector };
  const { server, port } = await startServer('unary-server.ts', { mode });
  const identity = mtls ? await world.certificate('gateway') : NO_IDENTITY;
  const { client, close } = openClient({ contract: UserService, service: 'user', url: `localhost:${port}` }, identity);
  return { server, client, close, token: () => world.issuer.tokenFor(aUser()) };
}

/** Places a block of calls, and returns the server's CPU time per call in microseconds. */
async function measure({ server, client, token }: Target, { checks, spans = false }: Variant, sampled = 0): Promise<number> {
  // Good for longer than the block, however slow the machine is.
  const bearer = `Bearer ${await token()}`;
  const before = await ask<ServerUsage>(server, { checks, spans } satisfies Switches);
  await carrying(bearer, () =>
    placeCalls(CALLS, CONCURRENCY, (index) => context.with(traceOf(index, sampled), () => client.getUser({ id: 'a' }))),
  );
  // The export of the spans counts.
  const after = await ask<ServerUsage>(server, { checks, spans: false } satisfies Switches);
  return (after.cpu - before.cpu) / CALLS;
}

/** The trace that a call belongs to: each has one of its own, as the requests of users do. */
function traceOf(index: number, sampled: number): Context {
  const traceFlags = index % 100 < 100 * sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    traceFlags,
  });
}
