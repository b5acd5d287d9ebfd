import { credentials } from '@grpc/grpc-js';
import { Caller, channelCredentials, type Client, openClient, runInCall } from '@reputable/auth';
import { UserService } from '@reputable/contracts/user/v1/user';
import { aUser, TestWorld } from '@reputable/testing';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ServerMode } from './unary-server.ts';

const CALLS = 4_000;
const CONCURRENCY = 32;

/** A server in a process of its own, and how to place calls on it. */
export interface Target {
  readonly name: string;
  readonly server: ChildProcess;
  readonly client: Client<typeof UserService>;
  readonly token: string;
  readonly close: () => void;
}

/** Starts a server in this mode, and opens a channel to it. */
export async function startTarget(world: TestWorld, name: string, mode: Pick<ServerMode, 'mtls' | 'checks'>): Promise<Target> {
  await world.authority.issue('user');
  const argument: ServerMode = { ...mode, tlsFolder: `${world.folder}/user`, issuer: world.issuer.url };
  const server = spawn(
    process.execPath,
    [
      ...(process.env.PROF ? ['--cpu-prof', '--cpu-prof-dir=/tmp/prof-' + process.env.PROF] : []),
      '--import',
      '@reputable/run',
      fileURLToPath(new URL('unary-server.ts', import.meta.url)),
      JSON.stringify(argument),
    ],
    {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    },
  );
  const [{ port }] = (await once(server, 'message')) as [{ port: number }];
  const identity = mode.mtls
    ? channelCredentials(await world.certificate('gateway'), 'user', 'reputable.local')
    : credentials.createInsecure();
  const { client, close } = openClient({ contract: UserService, service: 'user', url: `localhost:${port}` }, identity);
  return { name, server, client, close, token: await world.issuer.tokenFor(aUser()) };
}

/** Places a block of calls, and returns the server's CPU time per call in microseconds. */
export async function measure({ server, client, token }: Target): Promise<number> {
  const before = await cpuOf(server);
  let placed = 0;
  const context = {
    user: { authorization: `Bearer ${token}`, expiresAt: Infinity, caller: NOBODY },
    service: undefined,
    deadline: Infinity,
  };
  const worker = async () => {
    for (; placed < CALLS; placed += 1) await client.getUser({ id: 'a' });
  };
  await runInCall(context, () => Promise.all(Array.from({ length: CONCURRENCY }, worker)));
  return ((await cpuOf(server)) - before) / CALLS;
}

const NOBODY = new Caller({ id: '', roles: [], reputation: 1, scopes: [], sessionId: '', clientId: '' });

async function cpuOf(server: ChildProcess): Promise<number> {
  const answer = once(server, 'message') as Promise<[{ cpu: NodeJS.CpuUsage }]>;
  server.send('cpu');
  const [{ cpu }] = await answer;
  return cpu.user + cpu.system;
}

/** Measures targets in turn, block after block, so that a machine that changes its speed changes it for all. Medians, in microseconds. */
export async function compare(targets: readonly Target[], rounds: number): Promise<number[]> {
  const samples = targets.map((): number[] => []);
  for (const target of targets) await measure(target);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, target] of targets.entries()) samples[index]?.push(await measure(target));
  }
  return samples.map(median);
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
