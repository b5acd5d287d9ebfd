import { z } from 'zod';

/** Longer than any of our tokens, in characters. */
const MAX_LENGTH = 200;

/** An opaque token of any kind. */
export const token = () =>
  z
    .string()
    .min(1, { error: 'Must not be empty.' })
    .max(MAX_LENGTH, { error: `Must have ${String(MAX_LENGTH)} characters at most.` });
