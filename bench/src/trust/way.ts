/** The ways to trust that are compared: how a service knows the user of a call. */
export const WAYS = ['trusting', 'asking', 'cached', 'ours'] as const;

/** How a service knows the user of a call. */
export type Way = (typeof WAYS)[number];

/** What each way does. */
export const DESCRIPTIONS: Readonly<Record<Way, string>> = {
  trusting: 'the gateway checks the token and forwards the claims; services believe them',
  asking: 'the gateway and every service ask auth on each call (RFC 7662)',
  cached: 'the same, and each believes an answer for 5 seconds',
  ours: 'the gateway exchanges the token for a JWT, which every service verifies',
};

/** Their names in tables. */
export const NAMES: Readonly<Record<Way, string>> = {
  trusting: 'trusting',
  asking: 'asking',
  cached: 'asking, 5 s cache',
  ours: 'ours',
};
