import { AuthenticatedUser, type ClientIdentity, runInCall } from '@reputable/auth';
import { SCOPES } from '@reputable/contracts';
import { credentials } from '@grpc/grpc-js';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The identity of a client without a certificate. */
export const NO_IDENTITY: ClientIdentity = { credentialsFor: () => credentials.createInsecure(), onChange: () => () => undefined };

const NOBODY = new AuthenticatedUser({ id: '', roles: [], reputation: 1, scopes: SCOPES, sessionId: '', clientId: '' });

/** How a server is started. */
export interface ServerStart {
  /** The parameters of the server, which it gets as JSON. */
  readonly mode: object;
  /** Modules for `--import`. */
  readonly imports?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** Starts a server of this folder in a process of its own, from source, and waits for its port. It ends when `disconnect` is called. */
export async function startServer(
  program: string,
  { mode, imports = [], env }: ServerStart,
): Promise<{ server: ChildProcess; port: number }> {
  const options = ['@reputable/run', ...imports].flatMap((each) => ['--import', each]);
  const file = fileURLToPath(new URL(program, import.meta.url));
  const server = spawn(process.execPath, [...options, file, JSON.stringify(mode)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], env });
  const died = once(server, 'exit').then(() => Promise.reject(new Error('The server exited before it was ready.')));
  const [{ port }] = (await Promise.race([once(server, 'message'), died])) as [{ port: number }];
  died.catch(() => undefined);
  return { server, port };
}

/** Sends a message to a process, and returns its answer. */
export async function ask<Answer>(child: ChildProcess, message: object): Promise<Answer> {
  const answer = once(child, 'message') as Promise<[Answer]>;
  child.send(message);
  return (await answer)[0];
}

/** Runs `work` in a call that carries this `authorization`. The service that is called reads the user from it. */
export function carrying<Result>(authorization: string, work: () => Promise<Result>): Promise<Result> {
  const token = { authorization, issuedAt: 0, expiresAt: Infinity, freshUntil: Infinity, user: NOBODY };
  return runInCall({ user: NOBODY, peer: undefined, token, deadline: Infinity }, work);
}

/** Places so many calls, some at a time. Returns how many it has placed: those that are under way at the end add to them. */
export async function placeCalls(calls: number, concurrency: number, call: (index: number) => Promise<unknown>): Promise<number> {
  let placed = 0;
  const worker = async () => {
    for (; placed < calls; placed += 1) await call(placed);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return placed;
}
