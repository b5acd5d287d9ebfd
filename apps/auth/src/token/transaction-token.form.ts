import { decodeProtectedHeader } from 'jose';
import { z } from 'zod';
import { subjectToken } from './token.field.ts';
import { IssueTransactionToken } from './token.requests.ts';

/** The type of Transaction Tokens (draft-ietf-oauth-transaction-tokens-10 §11.1). */
export const TXN_TOKEN = 'urn:ietf:params:oauth:token-type:txn_token';

/** The type of the JWTs that the rpcs exchange (RFC 8693 §3). */
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

/** The longest JSON object in a parameter, in characters. */
const MAX_JSON_LENGTH = 2_000;

/** The most members of the request context. */
const MAX_MEMBERS = 20;

/** The claims of a Transaction Token, with those in `tctx` and `rctx`: auth alone sets them. */
const RESERVED: ReadonlySet<string> = new Set([
  ...['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'txn', 'scope', 'req_wl', 'tctx', 'rctx', 'rev', 'cnf', 'act'],
  ...[
    'action',
    'rpc',
    'request_sha256',
    'binds',
    'roles',
    'reputation',
    'claims_age',
    'sid',
    'client_id',
    'auth_time',
    'amr',
    'call_chain',
  ],
]);

const required = () => z.string({ error: 'Must be set.' });

const absent = () => z.undefined({ error: 'Is not supported.' });

/** A JSON object in a parameter. It is parsed only if it is short, so it cannot be deep. */
const json = <S extends z.ZodType>(schema: S) =>
  required()
    .max(MAX_JSON_LENGTH, { error: `Must have ${String(MAX_JSON_LENGTH)} characters at most.`, abort: true })
    .transform((text, { issues }) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        issues.push({ code: 'custom', message: 'Must be JSON.', input: text });
        return z.NEVER;
      }
    })
    .pipe(schema);

/** What the request is about. */
const details = () =>
  json(
    z.strictObject(
      {
        rpc: IssueTransactionToken.shape.rpc.default(''),
        request_sha256: IssueTransactionToken.shape.requestSha256.prefault(''),
        binds: IssueTransactionToken.shape.binds.prefault({}),
      },
      { error: 'Must be an object with rpc, request_sha256 and binds, and with nothing else.' },
    ),
  );

/** The environment of the request. Auth checks its form and uses nothing of it: it knows session, client and log-in from the subject token. */
const context = () =>
  json(
    z
      .custom<object>(isFlat, { error: 'Must be an object of texts, numbers and booleans.', abort: true })
      .refine((members) => Object.keys(members).length <= MAX_MEMBERS, { error: `Must have ${String(MAX_MEMBERS)} members at most.` })
      .refine((members) => !Object.keys(members).some((name) => RESERVED.has(name)), { error: 'Must not have the name of a claim.' }),
  );

/** The parameters of a request for a Transaction Token (§11.1), except `grant_type`, which has chosen this form. */
export const TransactionTokenForm = z
  .object({
    requested_token_type: z.literal(TXN_TOKEN, { error: `Must be ${TXN_TOKEN}.` }),
    audience: required(),
    scope: required().pipe(IssueTransactionToken.shape.scope),
    subject_token: required().pipe(subjectToken()),
    subject_token_type: z.literal([ACCESS_TOKEN, TXN_TOKEN], { error: `Must be ${ACCESS_TOKEN} or ${TXN_TOKEN}.` }),
    request_context: context().optional(),
    request_details: details().optional(),
    actor_token: absent(),
    actor_token_type: absent(),
    resource: absent(),
  })
  .refine(({ subject_token: token, subject_token_type: type }) => type === typeOf(token), {
    path: ['subject_token_type'],
    error: 'Must be the type of the subject token.',
  });

/** The type that a token states. Its signature is verified later. */
function typeOf(token: string): string {
  try {
    return decodeProtectedHeader(token).typ === 'txntoken+jwt' ? TXN_TOKEN : ACCESS_TOKEN;
  } catch {
    return ACCESS_TOKEN;
  }
}

function isFlat(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((member) => ['string', 'number', 'boolean'].includes(typeof member));
}
