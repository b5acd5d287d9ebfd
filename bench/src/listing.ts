/** The two queries that the benchmarks compare with the floor. */
export const LISTINGS = {
  flat: '{ posts(first: 10) { nodes { id title body } } }',
  nested: `{ posts(first: 10) { nodes { id title author { id displayName }
    comments(first: 5) { nodes { id body author { id displayName } } } } } }`,
} as const;

/** The name of a query. */
export type Listing = keyof typeof LISTINGS;
