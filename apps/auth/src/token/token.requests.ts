import { SERVICES } from '@reputable/contracts';
import { z } from 'zod';
import { email } from '../account/email.field.ts';
import { anyPassword } from '../password/password.field.ts';
import { device } from '../session/device.field.ts';
import { address } from '../throttle/address.field.ts';
import { subjectToken, token } from './token.field.ts';

export const LogIn = z.object({ email: email(), password: anyPassword(), device: device(), address: address() });

export const Refresh = z.object({ refreshToken: token(), address: address() });

const audience = () =>
  z
    .array(z.enum(SERVICES, { error: `Must be among ${SERVICES.join(', ')}.` }))
    .min(1, { error: 'Must name a service at least.' })
    .max(SERVICES.length, { error: 'Must name each service once.' });

/** The address is empty for a token that no client has sent. */
const optionalAddress = () => z.union([z.literal(''), address()]);

export const ExchangeToken = z.object({ subjectToken: subjectToken(), audience: audience(), address: optionalAddress() });

/** The longest list of scopes, in characters. */
const MAX_SCOPE_LENGTH = 1_000;

/** `package.Service/Rpc`. */
const RPC = /^[\w.]{1,100}\/\w{1,100}$/;

export const IssueTransactionToken = z.object({
  subjectToken: subjectToken(),
  audience: z.string(),
  scope: z
    .string()
    .max(MAX_SCOPE_LENGTH, { error: `Must have ${String(MAX_SCOPE_LENGTH)} characters at most.` })
    .transform((text) => text.split(' ').filter(Boolean)),
  rpc: z.union([z.literal(''), z.string().regex(RPC)], { error: 'Must be package.Service/Rpc, or empty.' }),
  requestSha256: z
    .union([z.literal(''), z.string().regex(/^[\w-]{43}$/)], { error: 'Must be a SHA-256 in base64url, or empty.' })
    .transform((hash) => hash || undefined),
  binds: z
    .record(z.string().regex(/^[a-z][a-z0-9_]{0,49}$/), z.string().max(100))
    .refine((ids) => Object.keys(ids).length <= 10, { error: 'Must have 10 names at most.' })
    .transform((ids) => (Object.keys(ids).length === 0 ? undefined : ids)),
});

export const ExchangeClientCredentials = z.object({
  clientId: token(),
  clientSecret: token(),
  audience: audience(),
  address: address(),
});
