import { GRPC_SERVICES, peersOf, registry, SERVICES } from '@reputable/contracts/registry';
import type { ByProcess, Figures } from '../figures.ts';
import { POSTGRES } from '../sample.ts';
import type { Workload } from '../trust/workload.ts';

/** What the model assumes about users. */
export const ASSUMED = {
  /** The share of each request. */
  mix: { flat: 0, nested: 0.9, vote: 0.07, comment: 0.03 } satisfies Record<Workload, number>,
  /** The users of each request a second. */
  usersPerRequest: 1_000,
  /** The time between two requests of a session in use, in seconds. */
  pauseS: 10,
  /** The revocations of a user in a day: a log-out, a change of roles. */
  revocationsPerDay: 1,
  /** The posts and comments of a user. */
  rowsPerUser: { profile: 1, post: 1, comment: 3 },
  /** The part of its core that a process uses, so that requests do not wait. */
  utilization: 0.6,
} as const;

/** The age at which a JWT in use is exchanged again, in seconds. */
export const RENEWAL_S = 40;

/** The sessions that a gateway keeps a JWT of, and the verified JWTs that a service keeps. */
export const CACHED = 10_000;

/** The processes with no part in a first request but the exchange of its token. */
const EXCHANGE: readonly string[] = ['gateway', 'auth', POSTGRES];

/** The processes with no part in an exchange: they only verify the new JWT. */
const VERIFYING: readonly string[] = ['post', 'comment'];

/** How long a service remembers a revocation, in seconds. */
export const REMEMBERED_S = 305;

const DAY_S = 86_400;

/** What a load needs. */
export interface Need {
  readonly requests: number;
  readonly users: number;
  readonly sessionsInUse: number;
  readonly exchanges: number;
  readonly cores: ByProcess;
  /** The processes of each service: Node uses one core for JavaScript. */
  readonly replicas: ByProcess;
  readonly memoryMb: number;
  /** The connections between services. */
  readonly connections: number;
  readonly postgresConnections: number;
  readonly storageGb: number;
  readonly bytesPerSecond: number;
  readonly revocations: number;
  readonly revokedIds: number;
  /** The messages of the revocation stream in a second. */
  readonly deliveries: number;
}

/** The CPU time of a request in a process, with known tokens, in microseconds. */
export const cpuUsOf = ({ ways }: Pick<Figures, 'ways'>, name: string): number => mixed(ways.cpuUs[name]);

/**
 * The part of a process's requests that are the first with a token.
 *
 * @param sessions whose requests the process gets
 * @param replicas that a session's requests alternate between
 */
const firstShare = (sessions: number, replicas: number) => (sessions > CACHED ? 1 : Math.min(1, (ASSUMED.pauseS * replicas) / RENEWAL_S));

/**
 * What a load needs.
 *
 * @param requests in a second
 * @param isSticky whether a balancer sends all requests of a session to one gateway. Otherwise every gateway exchanges its token
 */
export function needOf(figures: Figures, requests: number, isSticky: boolean): Need {
  const replicas: Record<string, number> = Object.fromEntries(SERVICES.map((name) => [name, 1]));
  const sessions = requests * ASSUMED.pauseS;
  let cores: ByProcess = {};
  let gatewayShare = 0;
  // More replicas see a session less often, and so more of its requests are first ones.
  for (let pass = 0; pass < 10; pass += 1) {
    const gateways = replicas.gateway ?? 1;
    gatewayShare = isSticky ? firstShare(sessions / gateways, 1) : firstShare(sessions, gateways);
    cores = Object.fromEntries(
      [...SERVICES, POSTGRES].map((name) => {
        const ownShare = EXCHANGE.includes(name) ? 0 : firstShare(sessions, replicas[name] ?? 1);
        const share = Math.max(ownShare, VERIFYING.includes(name) ? 0 : gatewayShare);
        const us = cpuUsOf(figures, name) + share * Math.max(0, figures.sessions.exchangeCpuUs[name] ?? 0);
        return [name, (requests * us) / 1_000_000];
      }),
    );
    for (const name of SERVICES) replicas[name] = Math.max(1, Math.ceil((cores[name] ?? 0) / ASSUMED.utilization));
  }
  return { requests, cores, replicas, exchanges: requests * gatewayShare, ...footprintOf(figures, requests, replicas) };
}

type Footprint = Omit<Need, 'requests' | 'cores' | 'replicas' | 'exchanges'>;

function footprintOf(
  { ways, posts, sessions, revocations, replicas: measured }: Figures,
  requests: number,
  replicas: ByProcess,
): Footprint {
  const users = requests * ASSUMED.usersPerRequest;
  const sessionsInUse = requests * ASSUMED.pauseS;
  const perSecond = (users * ASSUMED.revocationsPerDay) / DAY_S;
  const revokedIds = perSecond * REMEMBERED_S;
  const processes = SERVICES.map((name) => {
    const kept = (sessions.bytes[name] ?? 0) * Math.min(CACHED, sessionsInUse) + (revocations.bytes[name] ?? 0) * revokedIds;
    return (replicas[name] ?? 0) * ((posts.memoryMb[name] ?? 0) + kept / 2 ** 20);
  });
  const rows = Object.entries(ASSUMED.rowsPerUser) as [keyof typeof posts.rowBytes, number][];
  const rowBytes = rows.reduce((sum, [name, count]) => sum + count * posts.rowBytes[name], sessions.rowBytes);
  const subscribers = sum(SERVICES.filter((name) => name !== 'auth').map((name) => replicas[name] ?? 0));
  return {
    users,
    sessionsInUse,
    memoryMb: sum(processes),
    connections: connectionsOf(replicas),
    postgresConnections: sum(GRPC_SERVICES.map((name) => (replicas[name] ?? 0) * measured.connections)),
    storageGb: (users * rowBytes) / 2 ** 30,
    bytesPerSecond: requests * mixed(ways.bytes),
    revocations: perSecond,
    revokedIds,
    deliveries: perSecond * subscribers,
  };
}

/** Every replica of a caller is connected to every replica of the services that it calls. */
const connectionsOf = (replicas: ByProcess) =>
  sum(registry.flatMap((service) => peersOf(service).map((peer) => (replicas[service.name] ?? 0) * (replicas[peer] ?? 0))));

/** The average over the mix of requests. */
const mixed = (figures: Readonly<Record<Workload, number>> | undefined): number =>
  sum(Object.entries(ASSUMED.mix).map(([workload, share]) => share * (figures?.[workload as Workload] ?? 0)));

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
