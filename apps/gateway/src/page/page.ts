/** The arguments of every paged field. */
export interface PageArgs {
  readonly first?: number | null;
  readonly after?: string | null;
}

/** The arguments with the names of the contracts. */
export const pageOf = ({ first, after }: PageArgs) => ({ pageSize: first ?? 0, pageToken: after ?? '' });

/** A page as a GraphQL connection without edges: https://relay.dev/graphql/connections.htm. */
export const connection = <Node>(nodes: readonly Node[], nextPageToken: string) => ({
  nodes,
  pageInfo: { endCursor: nextPageToken || null, hasNextPage: nextPageToken !== '' },
});
