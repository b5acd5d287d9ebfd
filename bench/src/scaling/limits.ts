import type { Figures } from '../figures.ts';
import { POSTGRES } from '../sample.ts';
import { figure } from '../table.ts';
import { ASSUMED, CACHED, cpuUsOf, REMEMBERED_S, RENEWAL_S } from './model.ts';

/** A bound, the load at which it is reached, and what to do then. */
export interface Limit {
  readonly what: string;
  /** In requests a second. */
  readonly at: number;
  /** The measured figure that it rests on. */
  readonly figure: string;
  readonly then: string;
}

/** The cores of a database server that we would still rent. */
const DATABASE_CORES = 32;

/** The default of PostgreSQL. */
const MAX_CONNECTIONS = 100;

/** The largest message that a service accepts, in bytes: see libs/auth/src/call/client.ts. */
const MAX_MESSAGE = 16 * 2 ** 20;

const CORE_US = 1_000_000;

/** The number of subscribers while the delivery of revocations was measured. */
const MEASURED_SUBSCRIBERS = 4;

/** A service whose bytes cross such a link is full, in bytes a second: 10 Gbit/s. */
const LINK = 1.25e9;

/** The limits in the order in which a growing system reaches them. */
export function limitsOf(figures: Figures): readonly Limit[] {
  const { sessions, revocations, replicas, ways } = figures;
  const full = (us: number, cores = 1) => (cores * ASSUMED.utilization * CORE_US) / us;
  const processOf = (name: string) => {
    const us = cpuUsOf(figures, name);
    return { what: `one process of ${name}`, at: full(us), figure: `${figure(us)} µs a request`, then: `more replicas of ${name}` };
  };
  const exchange = sessions.exchangeCpuUs.auth ?? NaN;
  const databaseUs = cpuUsOf(figures, POSTGRES);
  const perSecond = (ids: number) => (ids / REMEMBERED_S) * (86_400 / ASSUMED.revocationsPerDay / ASSUMED.usersPerRequest);
  const busiest = Math.max(...['gateway', 'user', 'post', 'comment'].map((name) => cpuUsOf(figures, name)));
  const delivery = (revocations.cpuUs.auth ?? NaN) / MEASURED_SUBSCRIBERS;
  const wire = ways.bytes.nested;
  return [
    ...['gateway', 'user', 'post', 'comment'].map(processOf),
    {
      what: 'one process of auth, for the exchange of tokens',
      at: full(exchange * (ASSUMED.pauseS / RENEWAL_S)),
      figure: `${figure(exchange)} µs an exchange`,
      then: 'more replicas of auth; they share nothing but the database',
    },
    {
      what: `the cache of a gateway, if a session's requests go to any of them: ${figure(CACHED)} sessions`,
      at: CACHED / ASSUMED.pauseS,
      figure: `${figure(sessions.bytes.gateway ?? NaN)} bytes a session`,
      then: 'a balancer that keeps a session at one gateway: ring hash of Envoy, by the credential',
    },
    {
      what: `the cache of verified JWTs in each service: ${figure(CACHED)}`,
      at: CACHED / ASSUMED.pauseS,
      figure: `${figure(sessions.exchangeCpuUs.post ?? NaN)} µs a first call of post`,
      then: 'a larger cache: `CACHE_SIZE` in token-verifier.ts',
    },
    {
      what: `${MAX_CONNECTIONS} connections to the PostgreSQL server of post`,
      at: (MAX_CONNECTIONS / replicas.connections) * full(cpuUsOf(figures, 'post')),
      figure: `${figure(replicas.connections)} connections a replica`,
      then: 'a server for each database; then PgBouncer',
    },
    {
      what: `a PostgreSQL server of ${DATABASE_CORES} cores for all databases`,
      at: full(databaseUs, DATABASE_CORES),
      figure: `${figure(databaseUs)} µs a request`,
      then: 'a server for each database; then streaming replicas for reads; then Citus, by post_id and user id',
    },
    {
      what: 'the first message of the revocation stream: 16 MB',
      at: perSecond(MAX_MESSAGE / revocations.messageBytes),
      figure: `${figure(revocations.messageBytes)} bytes a revoked id`,
      then: 'the first update in several messages; then NATS JetStream or Kafka with compaction in place of the stream',
    },
    {
      what: 'one process of auth, for the delivery of revocations',
      at: deliveryBound(full(delivery), busiest),
      figure: `${figure(delivery, 1)} µs a delivery`,
      then: 'more replicas of auth; then NATS or Kafka for the fan-out',
    },
    {
      what: 'a network link of 10 Gbit/s that everything shares',
      at: LINK / wire,
      figure: `${figure(wire)} bytes a request`,
      then: 'machines of their own for the services',
    },
  ].toSorted((one, other) => one.at - other.at);
}

/**
 * The load at which the deliveries reach a number in a second. Both the revocations and the subscribers grow with the load, so the deliveries grow
 * with its square.
 *
 * @param deliveries in a second
 * @param busiest the CPU time of a request in the busiest service, in microseconds
 */
function deliveryBound(deliveries: number, busiest: number): number {
  const revocationsPerRequest = (ASSUMED.usersPerRequest * ASSUMED.revocationsPerDay) / 86_400;
  const subscribersPerRequest = (MEASURED_SUBSCRIBERS * busiest) / CORE_US / ASSUMED.utilization;
  return Math.sqrt(deliveries / (revocationsPerRequest * subscribersPerRequest));
}
