import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const root = resolve(import.meta.dirname, '../../../..');
const PROGRAMS = ['docker', 'kind', 'kubectl', 'helm', 'npm'];

/** Stands in for the programs, and writes down the calls. kind knows its clusters, and a port forward runs until it is killed. */
const STAND_IN = `#!/usr/bin/env bash
cd "$(dirname "$0")"
call="$(basename "$0") $*"
printf '%s\\n' "$call" >>calls
case "$call" in
  'kind get clusters') [ ! -e cluster ] || cat cluster ;;
  'kind create cluster'*) echo reputable-try >cluster ;;
  'kind delete cluster'*) rm cluster ;;
  'kubectl port-forward'*) echo 'Forwarding from 127.0.0.1'; echo $$ >>forwards; exec sleep 60 ;;
  'helm install reputable '*) [ -z "$FAILS" ] || exit 1; [ -z "$HANGS" ] || sleep 60 ;;
esac
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reputable-try-kind-'));
  for (const program of PROGRAMS) {
    writeFileSync(join(folder, program), STAND_IN);
    chmodSync(join(folder, program), 0o755);
  }
});
beforeEach(() => {
  for (const file of ['calls', 'cluster', 'forwards']) rmSync(join(folder, file), { force: true });
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const lines = (file: string) => (existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8').trimEnd().split('\n') : []);

/** Starts the script as the leader of a process group, as a terminal does. */
function start(env: NodeJS.ProcessEnv, path = `${folder}${delimiter}${process.env['PATH'] ?? ''}`) {
  const script = spawn(join(root, 'deploy/try-kind.sh'), { env: { ...process.env, ...env, PATH: path }, detached: true });
  let output = '';
  for (const stream of [script.stdout, script.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const result = once(script, 'close').then(([code]) => ({ code: code as number, output }));
  return { pid: script.pid ?? 0, result };
}

/** A PATH with the programs of a shell alone, so that this spec creates no real cluster. */
function withoutPrograms(): string {
  const bare = join(folder, 'bare');
  mkdirSync(bare);
  for (const name of ['bash', 'dirname']) {
    const found = process.env['PATH']?.split(delimiter).find((each) => existsSync(join(each, name)));
    symlinkSync(join(found ?? '', name), join(bare, name));
  }
  return bare;
}

const isRunning = (pid: string) => existsSync(`/proc/${pid}`) && !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');

describe('deploy/try-kind.sh', () => {
  it('installs everything, runs the demo, stops the port forwards, and deletes the cluster', async () => {
    const { code, output } = await start({}).result;
    const calls = lines('calls');
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining("Running the demo's story") });
    expect(calls).toContainEqual(expect.stringMatching(/^helm install reputable deploy\/chart /));
    expect(calls).toContainEqual(expect.stringMatching(/^npm run demo -- --url http:\/\/localhost:3000\/graphql /));
    expect(calls.at(-1)).toBe('kind delete cluster --name reputable-try');
    expect(lines('forwards')).toHaveLength(4);
    expect(lines('forwards').filter(isRunning)).toEqual([]);
  });

  it('prints the state of the cluster after a failure, and deletes it', async () => {
    const { code, output } = await start({ FAILS: '1' }).result;
    expect({ code, output }).toMatchObject({ code: 1, output: expect.stringContaining('The state of the cluster') });
    expect(lines('calls')).not.toContainEqual(expect.stringMatching(/^npm /));
    expect(lines('calls').at(-1)).toBe('kind delete cluster --name reputable-try');
  });

  it('deletes the cluster after Ctrl-C', async () => {
    const { pid, result } = start({ HANGS: '1' });
    while (!lines('calls').some((call) => call.startsWith('helm install reputable '))) await setTimeout(50);
    process.kill(-pid, 'SIGINT');
    expect((await result).code).toBe(130);
    expect(lines('calls').at(-1)).toBe('kind delete cluster --name reputable-try');
  });

  it('names a program that is not installed, and a cluster that exists', async () => {
    const missing = await start({}, withoutPrograms()).result;
    expect(missing).toMatchObject({ code: 1, output: expect.stringMatching(/^docker is not installed: https:/) });
    writeFileSync(join(folder, 'cluster'), 'reputable-try\n');
    const taken = await start({}).result;
    expect(taken).toMatchObject({ code: 1, output: expect.stringContaining('Delete it: kind delete cluster --name reputable-try') });
    expect(lines('cluster')).toEqual(['reputable-try']);
  });
});
