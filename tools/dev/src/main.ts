import { CliError, runCommand, UsageError } from '@reputable/cli';
import { type ServiceName, SERVICES } from '@reputable/contracts/registry';
import { root } from '@reputable/run/build';
import { staleness } from '@reputable/run/contract';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Issuer, ISSUERS } from './authorization-server.ts';
import { readConfig } from './config.ts';
import { HELP } from './help.ts';
import { inspectOptions } from './inspect.ts';
import { formatLine } from './log.ts';
import { replicaCounts, type ReplicaName, serviceOf } from './replicas.ts';
import { seed } from './seed.ts';
import { summary } from './summary.ts';
import { Supervisor } from './supervisor.ts';
import { startSystem, type System, type SystemOptions } from './system.ts';
import type { Watcher } from './watcher.ts';

const color = process.stdout.isTTY && process.stdout.hasColors();
const log = (source: string, line: string) => {
  process.stdout.write(`${formatLine(source, line, { color })}\n`);
};
const say = (line: string) => log('launcher', line);

/** The options of the command. */
interface Options extends Pick<SystemOptions, 'withProvider' | 'issuer' | 'withTls' | 'replicas' | 'nodeOptions'> {
  readonly watch: boolean;
}

/** Runs the system until it is interrupted or crashes. */
async function main({ watch, ...options }: Options): Promise<void> {
  const interrupt = new AbortController();
  let system: System | undefined;
  let watcher: Watcher | undefined;
  const stop = async (reason: string, code: number) => {
    if (interrupt.signal.aborted) return;
    process.exitCode = code;
    say(reason);
    interrupt.abort(new Error('Interrupted.'));
    if (!system) return;
    await watcher?.close();
    await supervisor.settled();
    await system.stop();
    say('Stopped.');
  };
  onInterrupt(() => {
    // The second time: the services are killed with us, and PostgreSQL follows by itself.
    if (interrupt.signal.aborted) process.exit(130);
    void stop('Stopping.', 0);
  });
  const giveUp = ({ message }: Error) => {
    // With --watch, the service waits for the next change.
    if (watch) say(`${message} Not running until you save a correction.`);
    else void stop(`${message} Stopping the other services.`, 1);
  };
  const supervisor = new Supervisor({ system: () => system as System, log, giveUp, signal: interrupt.signal });
  const onCrash = (error: Error, replica?: ReplicaName) => {
    if (system && replica !== undefined) supervisor.ended(error, replica);
    // A system without PostgreSQL cannot run, and one that is still starting starts as a whole.
    else void stop(`${error.message} Stopping the other services.`, 1);
  };

  const start = performance.now();
  const { dataDir, ports, telemetry } = readConfig(process.env);
  say(`Starting in ${dataDir}.`);
  try {
    if (watch) await generateIfStale();
    system = await startSystem({
      dataDir,
      // The port of a part that does not run may be in use.
      ports: {
        ...ports,
        ...(!options.withProvider && { provider: 0 }),
        ...(telemetry && { collector: 0 }),
        ...(options.issuer === undefined && { realm: 0 }),
      },
      log,
      signal: interrupt.signal,
      ...options,
      withCollector: !telemetry,
      ...(telemetry && { env: { all: telemetry } }),
      withPlayground: true,
      onCrash,
      ...(watch && { programOf: sourceOf }),
    });
    const demo = await seed(system);
    if (interrupt.signal.aborted) return;
    process.stdout.write(summary(system, demo));
    say(`Ready after ${((performance.now() - start) / 1000).toFixed(1)} s.`);
    if (!watch) return;
    // Only here, as it imports the compiler.
    const { Watcher } = await import('./watcher.ts');
    watcher = await Watcher.open({ root, system: { restart: rollingRestart(system) }, services: SERVICES, generate, log });
    say('Watching. Restarts the services that your change affects.');
  } catch (error) {
    await system?.stop();
    if (!interrupt.signal.aborted) throw error;
    if (!system) say('Stopped.');
  }
}

/** Restarts the replicas of a service, one after the other. */
const rollingRestart = (system: System) => async (name: ServiceName) => {
  for (const replica of system.replicas) if (serviceOf(replica) === name) await system.restart(replica);
};

/** @throws {UsageError} if there is no such issuer */
function issuerOf(text: string | undefined): Issuer | undefined {
  const issuer = ISSUERS.find((known) => known === text);
  if (issuer === text) return issuer;
  throw new UsageError(`--issuer must be ${ISSUERS.join(' or ')}: ${text ?? ''}.`);
}

/** With --watch, services run from source. */
const sourceOf = (name: ServiceName) => join(root, 'apps', name, 'src/main.ts');

/** With --watch, a change of the contract needs no other command. */
async function generateIfStale(): Promise<void> {
  const [change] = staleness(root);
  if (change === undefined) return;
  say(`${change} Running npm run proto.`);
  await generate();
}

/** Runs `npm run proto`; rejects with its errors. */
async function generate(): Promise<void> {
  const program = ['--import', '@reputable/run', join(root, 'tools/proto/src/main.ts')];
  await promisify(execFile)(process.execPath, program, { cwd: root }).catch((error: unknown) => {
    throw new CliError((error as { stderr: string }).stderr.trim());
  });
}

/** Calls back on Ctrl-C, `kill`, a closed terminal, and when npm ends without a signal. */
function onInterrupt(callback: () => void): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, callback);
  process.stdout.once('error', callback);
  process.stdout.on('error', () => undefined);
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    callback();
  }, 1_000);
  watch.unref();
}

await runCommand({
  name: 'npm start',
  help: HELP,
  options: {
    watch: { type: 'boolean', default: false },
    inspect: { type: 'string' },
    'with-provider': { type: 'boolean', default: false },
    issuer: { type: 'string' },
    tls: { type: 'boolean', default: false },
    replicas: { type: 'string' },
  },
  run: async ({ watch, 'with-provider': withProvider, tls: withTls, ...given }) => {
    const nodeOptions = inspectOptions(given.inspect);
    const replicas = replicaCounts(given.replicas);
    await main({ watch, withProvider, issuer: issuerOf(given.issuer), withTls, replicas, nodeOptions }).catch((error: unknown) => {
      throw error instanceof CliError ? new CliError(`Reputable does not start: ${error.message}`) : error;
    });
  },
});
