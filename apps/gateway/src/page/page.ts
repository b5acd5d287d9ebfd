/** The arguments of every field that is a page of a list. */
export interface PageArgs {
  readonly first?: number | null;
  readonly after?: string | null;
}

/** The arguments as the contracts name them. */
export const pageOf = ({ first, after }: PageArgs) => ({ pageSize: first ?? 0, pageToken: after ?? '' });

/** A page as GraphQL has it: https://relay.dev/graphql/connections.htm, without edges. */
export const connection = <Node>(nodes: readonly Node[], nextPageToken: string) => ({
  nodes,
  pageInfo: { endCursor: nextPageToken || null, hasNextPage: nextPageToken !== '' },
});
