/** The ways to trust that are compared: how a service knows the user of a call. */
export const WAYS = ['trusting', 'asking', 'cached', 'ours', 'txn'] as const;

/** How a service knows the user of a call. */
export type Way = (typeof WAYS)[number];

/** Their names in tables. */
export const NAMES: Readonly<Record<Way, string>> = {
  trusting: 'trusting',
  asking: 'asking',
  cached: 'asking, 5 s cache',
  ours: 'ours',
  txn: 'ours with Transaction Tokens',
};
