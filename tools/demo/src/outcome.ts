/** What is worth telling of what was allowed: `{ score: 1 }`. */
export type Facts = Readonly<Record<string, string | number>>;

/** What came of something that somebody tried. */
export type Outcome<T = undefined> = Allowed<T> | Refused;

export interface Allowed<T> {
  readonly decision: 'allowed';
  readonly facts: Facts;
  /** What the story goes on with. */
  readonly value: T;
}

export interface Refused {
  readonly decision: 'refused';
  /** The gRPC status: `PERMISSION_DENIED`. */
  readonly code: string;
  readonly reason: string;
  readonly message: string;
  /** What was missing. */
  readonly metadata: Facts;
}

/** What must come of it: these facts, or a refusal for this reason with exactly this missing. */
export type Expected = Pick<Allowed<unknown>, 'decision' | 'facts'> | Pick<Refused, 'decision' | 'reason' | 'metadata'>;

/** Whether it went as it must. */
export function matches(expected: Expected, actual: Outcome<unknown>): boolean {
  if (expected.decision === 'allowed') return actual.decision === 'allowed' && list(expected.facts) === list(actual.facts);
  return actual.decision === 'refused' && expected.reason === actual.reason && list(expected.metadata) === list(actual.metadata);
}

/** `required 15, actual 1`. */
export const list = (facts: Facts) =>
  Object.entries(facts)
    .map(([name, value]) => `${name} ${String(value)}`)
    .sort()
    .reverse()
    .join(', ');
