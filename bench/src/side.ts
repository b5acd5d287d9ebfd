import { GRPC_SERVICES } from '@reputable/contracts/registry';
import type { Person, System } from '@reputable/dev';
import { query } from '@reputable/testing';
import type autocannon from 'autocannon';
import { APPLICATION_NAME } from './floor/application-name.ts';
import type { Floor } from './floor/floor.ts';
import { type Listing, LISTINGS } from './listing.ts';
import { graphqlRequest } from './load.ts';

/** One side of a comparison, as Reputable or the floor, and the requests that it can be sent by their names. */
export interface Side<Name extends string = Listing> {
  readonly request: (name: Name) => Promise<autocannon.Options>;
  readonly processes: Readonly<Record<string, { readonly pid: number | undefined }>>;
  /** The ids of PostgreSQL's processes, one for each open connection. */
  readonly connections: () => Promise<number[]>;
  /** Resolves when the work that requests have left behind is done, if they leave some. */
  readonly settled?: () => Promise<unknown>;
}

/** Reputable as one side, with the token of this person. */
export const reputableSide = (system: System, person: Person): Side => ({
  request: async (listing) => {
    // A token lasts for five minutes.
    await person.refresh();
    return graphqlRequest(system, LISTINGS[listing], person.token);
  },
  // A restarted service has another process.
  get processes() {
    return system.processes;
  },
  connections: () => connections(system),
});

/** The floor as the other side. */
export const floorSide = (system: System, { urlOf, processes }: Floor): Side => ({
  request: (listing) => Promise.resolve({ url: urlOf(listing), method: 'POST' }),
  processes,
  connections: () => connections(system, 'application_name = $1'),
});

/** The ids of PostgreSQL's processes that serve the connections of the services. */
export async function connections({ databaseUrl }: Pick<System, 'databaseUrl'>, condition = 'application_name <> $1'): Promise<number[]> {
  const sql = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND ${condition}`;
  const rows = await Promise.all(GRPC_SERVICES.map((name) => query<{ pid: number }>(databaseUrl(name), sql, [APPLICATION_NAME])));
  return rows.flat().map(({ pid }) => pid);
}
