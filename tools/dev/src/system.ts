import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { registry, registryFaults, type ServiceName, SERVICES } from '@reputable/contracts/registry';
import type { Authority } from '@reputable/pki';
import { startPostgres } from '@reputable/postgres';
import { issueCertificates } from './certificates.ts';
import { openDataDir } from './data-dir.ts';
import { SystemError } from './error.ts';
import { lock } from './lock.ts';
import type { Log } from './log.ts';
import { claimPorts } from './ports.ts';
import type { Ports } from './ports.ts';
import { openSecrets, saveKeysSettings } from './secret.ts';
import { ServiceProcess } from './service-process.ts';
import { settingsOf } from './settings.ts';

const APPS = fileURLToPath(new URL('../../../apps/', import.meta.url));
/** How long the ports of a run that was killed may take to become free. */
const PATIENCE = 5_000;

export interface SystemOptions {
  /** Where all data are kept. Without it a temporary folder, removed in the end, and a database that is fast and not safe. */
  readonly dataDir?: string;
  /** A free one for each that is not given. */
  readonly ports?: Partial<Ports>;
  /** Told every line of the services and of the launcher, which goes by the name of `launcher`. */
  readonly log?: Log;
  /** Settings to add or replace: of one service, or of `all`. */
  readonly env?: Partial<Record<ServiceName | 'all', Readonly<Record<string, string>>>>;
  /** Told when a service or PostgreSQL ends without having been asked to. What else happens is for the caller to decide. */
  readonly onCrash?: (error: Error) => void;
  /** Options of Node for a service, as in `--inspect=9229`. */
  readonly nodeOptions?: Partial<Record<ServiceName, readonly string[]>>;
  /** Gives up starting, also again. */
  readonly signal?: AbortSignal;
  /** Where a service's main.ts is; `apps/<name>/src/main.ts` if not given. */
  readonly programOf?: (name: ServiceName) => string;
}

/** All of Reputable, running. */
export interface System {
  readonly ports: Ports;
  readonly urls: { readonly graphql: string; readonly jwks: string; readonly issuer: string };
  readonly dataDir: string;
  readonly pki: Authority;
  readonly processes: Readonly<Record<ServiceName, { readonly pid: number | undefined; readonly running: boolean }>>;
  /** The DATABASE_URL that a service has. */
  readonly databaseUrl: (name: ServiceName) => string;
  /**
   * Stops a service, if it runs, and starts it again with the same settings; resolves when it is ready.
   * @throws {SystemError} with all that it had to say, if it does not start
   */
  readonly restart: (name: ServiceName) => Promise<void>;
  /** Sends a signal to a service, SIGKILL if not given; if that ends it, waits for its end. */
  readonly kill: (name: ServiceName, signal?: NodeJS.Signals) => Promise<void>;
  /** Stops the services, then PostgreSQL; nothing is left running. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts PostgreSQL and all services, each in a process of its own, with certificates and a database for each. Resolves
 * when all are ready.
 * @throws {SystemError} or PostgresError or PkiError, in one line; by then everything is stopped again
 */
export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const { log = () => undefined, onCrash = () => undefined, env = {}, signal, programOf = mainOf } = options;
  const undo: (() => Promise<unknown>)[] = [];
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= undoAll(undo));
  try {
    refuseFaultyRegistry();
    const dataDir = await openDataDir(options.dataDir, undo);
    const held = await lock(dataDir);
    undo.push(held.release);
    const ports = await claimPorts(options.ports, held.abandoned ? PATIENCE : 0);
    const { pki, stopRenewal } = await issueCertificates(join(dataDir, 'pki'), log);
    undo.push(stopRenewal);
    const secrets = await openSecrets(dataDir);
    signal?.throwIfAborted();

    const postgres = await startPostgres({
      ...(options.dataDir === undefined ? { fast: true } : { dir: join(dataDir, 'postgres') }),
      log: (line) => {
        log('launcher', line);
      },
      onCrash,
    });
    undo.push(() => postgres.stop());
    const databaseUrls = new Map<ServiceName, string>();
    for (const { name, database } of registry) if (database) databaseUrls.set(name, await postgres.createDatabase(name));
    await saveKeysSettings(dataDir, databaseUrls.get('auth') ?? '', secrets);
    signal?.throwIfAborted();

    const surroundings = { ports, pki: pki.dir, secrets, databaseUrls };
    const processes = new Map<ServiceName, ServiceProcess>();
    const start = async (name: ServiceName, startSignal?: AbortSignal) => {
      const settings = { ...settingsOf(name, surroundings), ...env.all, ...env[name] };
      const nodeOptions = options.nodeOptions?.[name];
      const service = { name, program: programOf(name), nodeOptions, env: settings, log, onCrash, signal: startSignal };
      processes.set(name, await ServiceProcess.start(service));
    };
    undo.push(() => Promise.all([...processes.values()].map((service) => service.stop())));
    await startAll(start, processes, log, signal);

    return {
      ports,
      urls: urlsOf(ports),
      dataDir,
      pki,
      get processes() {
        return Object.fromEntries(processes) as Record<ServiceName, ServiceProcess>;
      },
      databaseUrl: (name) => {
        const url = databaseUrls.get(name);
        if (url === undefined) throw new SystemError(`${name} has no database.`);
        return url;
      },
      restart: async (name) => {
        await processes.get(name)?.stop();
        await start(name, signal);
      },
      kill: async (name, deadly = 'SIGKILL') => processes.get(name)?.kill(deadly),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Starts all services at the same time; if one fails, the others give up, and its failure is the one that is told. */
async function startAll(
  start: (name: ServiceName, signal: AbortSignal) => Promise<void>,
  ready: ReadonlyMap<ServiceName, unknown>,
  log: Log,
  signal?: AbortSignal,
): Promise<void> {
  const failure = new AbortController();
  const giveUp = signal ? AbortSignal.any([signal, failure.signal]) : failure.signal;
  const progress = setInterval(() => {
    log('launcher', `Still starting: ${SERVICES.filter((name) => !ready.has(name)).join(', ')}.`);
  }, 2_000);
  try {
    await Promise.allSettled(
      SERVICES.map((name) =>
        start(name, giveUp).catch((error: unknown) => {
          if (error instanceof SystemError) for (const line of error.said) log(name, line);
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
  if (faults.length > 0) throw new SystemError(faults.join('\n'));
}

async function undoAll(undo: (() => Promise<unknown>)[]): Promise<void> {
  for (const each of undo.splice(0).reverse()) await each();
}

function urlsOf({ gateway, authHttp }: Ports): System['urls'] {
  const issuer = `http://localhost:${String(authHttp)}`;
  return { graphql: `http://localhost:${String(gateway)}/graphql`, issuer, jwks: `${issuer}/.well-known/jwks.json` };
}

const mainOf = (name: ServiceName) => join(APPS, name, 'src/main.ts');
