import { z } from 'zod';

/** Longer than any of our tokens, in characters. */
const MAX_LENGTH = 200;

/** The longest accepted token of another issuer, in characters: a little less than an `Authorization` header can have. */
const MAX_ISSUER_TOKEN_LENGTH = 8_000;

/** A token of ours of any kind, or one of another issuer. */
export const subjectToken = () =>
  z
    .string()
    .min(1, { error: 'Must not be empty.' })
    .max(MAX_ISSUER_TOKEN_LENGTH, { error: `Must have ${String(MAX_ISSUER_TOKEN_LENGTH)} characters at most.` });

/** An opaque token of any kind. */
export const token = () =>
  z
    .string()
    .min(1, { error: 'Must not be empty.' })
    .max(MAX_LENGTH, { error: `Must have ${String(MAX_LENGTH)} characters at most.` });
