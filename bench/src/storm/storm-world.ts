import { eventually } from '@reputable/cli';
import { type ServiceName, SERVICES } from '@reputable/contracts/registry';
import { startSystem, type System } from '@reputable/dev';
import { PostgresProcesses, query, Relay } from '@reputable/testing';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from './random.ts';

/** The name of PostgreSQL among the targets of faults. */
export const POSTGRES = 'PostgreSQL';

/** A process that a fault hits. */
export type Target = ServiceName | typeof POSTGRES;

/** All targets. */
export const TARGETS: readonly Target[] = [...SERVICES, POSTGRES];

/** The longest time for a process to be ready again, in milliseconds. */
const START_MS = 120_000;

/** The members vote more often than people do. */
const UNLIMITED = { VOTES_PER_MINUTE: '0' };

export interface StormWorldOptions {
  readonly seed: number;
  /** See REFRESH_RETRY_S of auth. */
  readonly refreshRetryS?: number | undefined;
}

/** A system of a storm's own, with a PostgreSQL server that survives crashes, and its faults. */
export class StormWorld {
  private constructor(
    readonly random: Random,
    readonly system: System,
    readonly postgres: PostgresProcesses,
    /** The relay between the gateway and the HTTP port of auth. */
    readonly relay: Relay,
    /** The services that ended by themselves, and the log lines of level `fatal`. */
    readonly surprises: readonly string[],
    readonly folder: string,
  ) {}

  static async open({ seed, refreshRetryS }: StormWorldOptions): Promise<StormWorld> {
    const folder = await mkdtemp(join(tmpdir(), 'reputable-storm-'));
    // The user of PostgreSQL may pass through.
    await chmod(folder, 0o711);
    const surprises: string[] = [];
    const auth: { port?: number } = {};
    const relay = await Relay.start(() => auth.port ?? NaN);
    const system = await startSystem({
      dataDir: join(folder, 'data'),
      env: {
        all: { LOG_LEVEL: 'fatal' },
        auth: refreshRetryS === undefined ? {} : { REFRESH_RETRY_S: String(refreshRetryS) },
        ...{ post: UNLIMITED, comment: UNLIMITED },
        gateway: { AUTHORIZATION_SERVER_URL: `http://${relay.url}/oidc` },
      },
      log: (source, line) => {
        if (line.includes('"level":60')) surprises.push(`${source}: ${line}`);
      },
      onCrash: ({ message }) => void surprises.push(message),
    });
    auth.port = system.ports.authHttp;
    const postgres = await PostgresProcesses.of(system.databaseUrl('auth')).catch(async (error: unknown) => {
      await system.stop();
      await rm(folder, { recursive: true, force: true });
      throw error;
    });
    // A stalled server would not end.
    process.once('exit', () => postgres.resume());
    return new StormWorld(new Random(seed), system, postgres, relay, surprises, folder);
  }

  /** Kills a process and starts it again after a pause. Resolves when it is ready. */
  async kill(target: Target, pauseMs: number): Promise<void> {
    const { system, postgres } = this;
    if (target === POSTGRES) {
      postgres.crash();
      await eventually(() => query(system.databaseUrl('auth'), 'SELECT'), START_MS);
    } else {
      await system.kill(target);
      await sleep(pauseMs);
      // A start fails if PostgreSQL crashes meanwhile. The supervisor of npm start tries again, too.
      await eventually(() => system.restart(target), START_MS);
    }
  }

  /** Stops a process by SIGSTOP for a time: it keeps its connections, and answers nothing. */
  async stall(target: Target, ms: number): Promise<void> {
    const { system, postgres } = this;
    if (target === POSTGRES) postgres.stall();
    else await system.kill(target, 'SIGSTOP');
    await sleep(ms);
    if (target === POSTGRES) postgres.resume();
    else await system.kill(target, 'SIGCONT');
  }

  async close(): Promise<void> {
    this.postgres.resume();
    this.relay.down();
    await this.system.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
