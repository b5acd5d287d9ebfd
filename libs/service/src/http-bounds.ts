import { z } from 'zod';

/** The longest time until the whole header of a request has arrived, in milliseconds. It also bounds connections that send nothing. */
const HEADER_MS = 5_000;

/** How often Node looks for requests that take too long, in milliseconds. Requests can exceed their time by as much. Node's default is 30 seconds. */
const CHECK_MS = 1_000;

/** Node's bounds of the time in which a request arrives (option `http` of Fastify, or the options of a server). */
export const arrivalTimes = (requestTimeout: number) => ({
  requestTimeout,
  headersTimeout: Math.min(HEADER_MS, requestTimeout),
  connectionsCheckingInterval: CHECK_MS,
});

const COUNT = { error: 'must be a number of connections: 1 to 100000.' };

/** The setting for the number of open HTTP connections. */
export const maxConnections = () => z.coerce.number(COUNT).int(COUNT).min(1, COUNT).max(100_000, COUNT).default(4_000);
