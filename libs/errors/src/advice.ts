/** The advice of an error without an answer: whether a client can try again. */
export interface Advice {
  /** For people. */
  readonly text: string;
  /** For programs: `retry` is `unsafe` if trying again may make a change twice. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Nothing has changed, or a second time changes nothing. */
export const TRY_AGAIN: Advice = { text: 'Try again.', metadata: {} };

/** A change with an idempotency key: a second time changes nothing. */
export const TRY_AGAIN_WITH_KEY: Advice = { text: 'Try again with the same idempotency key.', metadata: {} };

/** A change whose outcome is unknown. */
export const LOOK_FIRST: Advice = { text: 'The change may have been made. Check before you try again.', metadata: { retry: 'unsafe' } };
