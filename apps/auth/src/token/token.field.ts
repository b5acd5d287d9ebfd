import { z } from 'zod';

/** Longer than any token of ours: what else is wrong with one is not told apart. */
const MAX_LENGTH = 200;

/** An opaque token, of whichever kind. */
export const token = () =>
  z
    .string()
    .min(1, { error: 'Must not be empty.' })
    .max(MAX_LENGTH, { error: `Must have ${String(MAX_LENGTH)} characters at most.` });
