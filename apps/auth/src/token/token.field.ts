import { z } from 'zod';

/** Longer than any of our tokens, in characters. */
const MAX_LENGTH = 200;

/** The longest accepted JWT of another issuer, in characters: a little less than an `Authorization` header can have. */
const MAX_JWT_LENGTH = 8_000;

/** An opaque token of any kind, or a JWT of another issuer. */
export const subjectToken = () =>
  z
    .string()
    .min(1, { error: 'Must not be empty.' })
    .max(MAX_JWT_LENGTH, { error: `Must have ${String(MAX_JWT_LENGTH)} characters at most.` });

/** An opaque token of any kind. */
export const token = () =>
  z
    .string()
    .min(1, { error: 'Must not be empty.' })
    .max(MAX_LENGTH, { error: `Must have ${String(MAX_LENGTH)} characters at most.` });
