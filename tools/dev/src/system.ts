import { CliError } from '@reputable/cli';
import { join } from 'node:path';
import { registry, registryFaults, type ServiceName } from '@reputable/contracts/registry';
import { Collector } from '@reputable/collector';
import { Mailbox } from '@reputable/mailbox';
import type { Authority } from '@reputable/pki';
import { freePort, startPostgres } from '@reputable/postgres';
import type { Provider } from '@reputable/provider';
import { type Issuer, startAuthorizationServer } from './authorization-server.ts';
import { issueCertificates } from './certificates.ts';
import { openDataDir } from './data-dir.ts';
import { lock } from './lock.ts';
import type { Log } from './log.ts';
import { startOutsideProvider } from './outside-provider.ts';
import type { PlaygroundParts } from './playground.ts';
import { playgroundSocket } from './playground-socket.ts';
import { claimPorts, type Ports } from './ports.ts';
import { type ReplicaCounts, type ReplicaName, Replicas, serviceOf } from './replicas.ts';
import { openSecrets, saveDatabaseUrls, saveKeysSettings } from './secret.ts';
import { type ReadyPorts, ServiceProcess, type StartedService } from './service-process.ts';
import { type BehindTls, settingsOf } from './settings.ts';
import { TlsFront } from './tls-front.ts';
import { explainMissingAddress } from './unlisted-call.ts';

/** How long to wait for the ports of a killed run, in milliseconds. */
const PATIENCE = 5_000;

export interface SystemOptions {
  /** The folder for all data. Without it: a temporary folder that is removed at the end, and a fast database that is not crash-safe. */
  readonly dataDir?: string;
  /** Free ones unless given. */
  readonly ports?: Partial<Ports>;
  /** Called with every line of the services, and of the launcher under the name `launcher`. */
  readonly log?: Log;
  /** Settings to add or replace, for one service or for `all`. */
  readonly env?: Partial<Record<ServiceName | 'all', Readonly<Record<string, string>>>>;
  /** Called when a service, or PostgreSQL, ends by itself. */
  readonly onCrash?: (error: Error, replica?: ReplicaName) => void;
  /** The number of replicas of each service; one unless given. */
  readonly replicas?: ReplicaCounts;
  /** Options of Node for the first replica of a service, as in `--inspect=9229`. */
  readonly nodeOptions?: Partial<Record<ServiceName, readonly string[]>>;
  /** Whether an outside OpenID provider runs, and auth offers to log in with it. */
  readonly withProvider?: boolean;
  /** Whether a collector runs, to which the services send their spans. */
  readonly withCollector?: boolean;
  /** The authorization server in place of ours; ours unless given. */
  readonly issuer?: Issuer | undefined;
  /** Whether gateway and auth also answer https, at the same ports, and browsers are led there. */
  readonly withTls?: boolean;
  /** Whether the page at `/` of a gateway in development is served. */
  readonly withPlayground?: boolean;
  /** Aborts starting and restarting. */
  readonly signal?: AbortSignal;
  /** The program of a service; the compiled `apps/<name>/src/main.ts` if not given. */
  readonly programOf?: (name: ServiceName) => string;
}

/** All of Reputable, running. */
export interface System {
  readonly ports: Ports;
  /** The URLs for programs of this machine, but `origin`: the gateway's for browsers. */
  readonly urls: {
    readonly origin: string;
    readonly graphql: string;
    readonly jwks: string;
    readonly issuer: string;
    readonly mailbox: string;
  };
  /** The outside provider, if it runs. */
  readonly provider: Provider | undefined;
  /** The collector of traces, if it runs. */
  readonly collector: Collector | undefined;
  /** The authorization server in place of ours, if it runs. */
  readonly realm: Provider | undefined;
  /** The mails that the services have sent. */
  readonly mailbox: Mailbox;
  readonly dataDir: string;
  readonly pki: Authority;
  /** The replicas of all services. */
  readonly replicas: readonly ReplicaName[];
  readonly processes: Readonly<
    Record<ReplicaName, { readonly pid: number | undefined; readonly running: boolean; readonly ports: ReadyPorts }>
  >;
  /** The settings that a replica is started with. */
  readonly environment: (name: ReplicaName) => Readonly<Record<string, string>>;
  /** The DATABASE_URL that a service has. */
  readonly databaseUrl: (name: ServiceName) => string;
  /**
   * Stops a replica, if it runs, and starts it again with the same settings; resolves when it is ready. The name of a service is that of its
   * first replica.
   * @throws {CliError} with the service's errors if it does not start
   */
  readonly restart: (replica: ReplicaName) => Promise<void>;
  /** Sends a signal to a replica, SIGKILL unless given. If that ends the replica, waits for the end. */
  readonly kill: (replica: ReplicaName, signal?: NodeJS.Signals) => Promise<void>;
  /** Stops the services, then PostgreSQL; nothing is left running. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts PostgreSQL, a mailbox, and all services, each in a process of its own, with certificates and a database for each. Resolves
 * when all are ready.
 * @throws {CliError} after stopping everything
 */
export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const { log = () => undefined, onCrash = () => undefined, env = {}, signal, programOf } = options;
  const undo: (() => Promise<unknown>)[] = [];
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= undoAll(undo));
  try {
    refuseFaultyRegistry();
    const dataDir = await openDataDir(options.dataDir, undo);
    const held = await lock(dataDir);
    undo.push(held.release);
    const ports = await claimPorts(options.ports, held.abandoned ? PATIENCE : 0);
    const mailbox = await Mailbox.start({ httpPort: ports.mailboxHttp, smtpPort: ports.mailboxSmtp });
    undo.push(() => mailbox.stop());
    const collector = options.withCollector ? await Collector.start({ port: ports.collector }) : undefined;
    if (collector) undo.push(() => collector.stop());
    const { pki, stopRenewal } = await issueCertificates(join(dataDir, 'pki'), log);
    undo.push(stopRenewal);
    const behindTls = options.withTls ? await startFronts(ports, pki.dir, undo) : undefined;
    const secrets = await openSecrets(dataDir);
    const outside = options.withProvider ? await startOutsideProvider(dataDir, ports.provider) : undefined;
    if (outside) undo.push(() => outside.provider.stop());
    const server = options.issuer && (await startAuthorizationServer(ports.realm, urlsOf(ports).issuer));
    if (server) undo.push(() => server.realm.stop());
    if (options.withPlayground) await servePage(dataDir, { inside: { ports, pki }, mailbox, traces: collector?.traces }, undo);
    signal?.throwIfAborted();

    const postgres = await startPostgres({
      ...(options.dataDir === undefined ? { fast: true } : { dir: join(dataDir, 'postgres') }),
      log: (line) => {
        log('launcher', line);
      },
      onCrash: (error) => onCrash(error),
    });
    undo.push(() => postgres.stop());
    const databaseUrls = new Map<ServiceName, string>();
    for (const { name, database } of registry) if (database) databaseUrls.set(name, await postgres.createDatabase(name));
    await saveDatabaseUrls(dataDir, databaseUrls);
    await saveKeysSettings(dataDir, databaseUrls.get('auth') ?? '', secrets);
    signal?.throwIfAborted();

    const playground = options.withPlayground ? playgroundSocket(dataDir) : undefined;
    const surroundings = { playground, ports, behindTls, pki: pki.dir, secrets, databaseUrls, collectorUrl: collector?.url };
    const replicas = await Replicas.open(options.replicas ?? {}, ports);
    const processes = new Map<ReplicaName, StartedService>();
    /** The last restart of each replica. The next one begins after it. */
    const restarts = new Map<ReplicaName, Promise<void>>();
    const environment = (replica: ReplicaName) => {
      const name = serviceOf(replica);
      const further = { ...(name === 'auth' && outside?.settings), ...((name === 'auth' || name === 'gateway') && server?.settings[name]) };
      return { ...settingsOf(name, surroundings), ...replicas.settingsOf(replica), ...further, ...env.all, ...env[name] };
    };
    const start = async (replica: ReplicaName, startSignal?: AbortSignal) => {
      const name = serviceOf(replica);
      // A second replica cannot use the same port for a debugger.
      const nodeOptions = replica === name ? options.nodeOptions?.[name] : undefined;
      const service = { name, replica, program: programOf?.(name), nodeOptions, env: environment(replica), log, signal: startSignal };
      const started = ServiceProcess.start({ ...service, onCrash: (error) => onCrash(error, replica) });
      processes.set(replica, await started.catch((error: unknown) => explainMissingAddress(error, name, ports)));
    };
    undo.push(() => Promise.all([...processes.values()].map((service) => service.stop())));
    await startAll(replicas.names, start, processes, log, signal);

    return {
      ports,
      urls: { ...urlsOf(ports, options.withTls), mailbox: mailbox.url },
      mailbox,
      provider: outside?.provider,
      collector,
      realm: server?.realm,
      dataDir,
      pki,
      replicas: replicas.names,
      get processes() {
        return Object.fromEntries(processes) as Record<ReplicaName, StartedService>;
      },
      environment,
      databaseUrl: (name) => {
        const url = databaseUrls.get(name);
        if (url === undefined) throw new CliError(`${name} has no database.`);
        return url;
      },
      restart: (replica) => {
        const restart = async () => {
          await processes.get(replica)?.stop();
          await start(replica, signal);
        };
        const last = restarts.get(replica) ?? Promise.resolve();
        const next = last.then(restart, restart);
        restarts.set(replica, next);
        return next;
      },
      kill: async (replica, deadly = 'SIGKILL') => processes.get(replica)?.kill(deadly),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Starts all replicas at once. If one fails, stops the others and throws its failure. */
async function startAll(
  names: readonly ReplicaName[],
  start: (name: ReplicaName, signal: AbortSignal) => Promise<void>,
  ready: ReadonlyMap<ReplicaName, unknown>,
  log: Log,
  signal?: AbortSignal,
): Promise<void> {
  const failure = new AbortController();
  const giveUp = signal ? AbortSignal.any([signal, failure.signal]) : failure.signal;
  const progress = setInterval(() => {
    log('launcher', `Still starting: ${names.filter((name) => !ready.has(name)).join(', ')}.`);
  }, 2_000);
  try {
    await Promise.allSettled(
      names.map((name) =>
        start(name, giveUp).catch((error: unknown) => {
          if (error instanceof CliError && typeof error.cause === 'string') log(name, error.cause);
          failure.abort(error);
        }),
      ),
    );
  } finally {
    clearInterval(progress);
  }
  giveUp.throwIfAborted();
}

function refuseFaultyRegistry(): void {
  const faults = registryFaults(registry);
  if (faults.length > 0) throw new CliError(faults.join('\n'));
}

/** Starts the fronts of gateway and auth, and chooses the ports behind them. */
async function startFronts(ports: Ports, pki: string, undo: (() => Promise<unknown>)[]): Promise<BehindTls> {
  const inner = { gateway: await freePort(), auth: await freePort() };
  for (const [name, port] of [
    ['gateway', ports.gateway],
    ['auth', ports.authHttp],
  ] as const) {
    const front = await TlsFront.start(port, inner[name], join(pki, name));
    undo.push(() => front.stop());
  }
  return inner;
}

/** Loads the page only if it is served. */
async function servePage(dataDir: string, parts: PlaygroundParts, undo: (() => Promise<unknown>)[]): Promise<void> {
  const { startPlayground } = await import('./playground.ts');
  const page = await startPlayground(dataDir, urlsOf(parts.inside.ports).graphql, parts);
  undo.push(() => page.stop());
}

async function undoAll(undo: (() => Promise<unknown>)[]): Promise<void> {
  for (const each of undo.splice(0).reverse()) await each();
}

function urlsOf({ gateway, authHttp }: Ports, withTls = false): Omit<System['urls'], 'mailbox'> {
  const issuer = `http://localhost:${String(authHttp)}`;
  const address = `localhost:${String(gateway)}`;
  return {
    origin: `${withTls ? 'https' : 'http'}://${address}`,
    graphql: `http://${address}/graphql`,
    issuer,
    jwks: `${issuer}/.well-known/jwks.json`,
  };
}
