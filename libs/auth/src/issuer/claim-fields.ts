import { z } from 'zod';

/** A list of texts; empty if the claim is missing. */
export const list = z.array(z.string()).default([]);

/** Scopes separated by spaces (RFC 6749 §3.3) or as a list; empty if the claim is missing. */
export const scopes = z.union([z.string().transform((text) => text.split(' ').filter(Boolean)), z.array(z.string())]).default([]);

/** The claims of a log-in (OpenID Connect Core §2). */
export const logIn = z
  .object({ auth_time: z.number().optional(), amr: z.array(z.string()).optional().catch(undefined) })
  .transform(({ auth_time: at, amr: authenticationMethods }) => ({
    authenticatedAt: at === undefined ? undefined : new Date(at * 1000),
    authenticationMethods,
  }));
