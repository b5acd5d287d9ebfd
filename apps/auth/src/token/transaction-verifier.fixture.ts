import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose';
import { hash } from 'node:crypto';

/** A call with a Transaction Token, as a service receives it, and the service's settings. */
export interface ReceivedCall {
  readonly token: string;
  readonly issuer: string;
  readonly jwks: string;
  readonly trustDomain: string;
  /** As in `reputable.user.v1.UserService/UpdateProfile`. */
  readonly rpc: string;
  readonly isRead: boolean;
  /** The SPIFFE ID of the service at the other end of the connection. */
  readonly peer: string;
  /** The bytes of the request, in base64. */
  readonly request: string;
  /** The ids of the rows in the request, by the names that the rule of its rpc binds. */
  readonly rows: Readonly<Record<string, readonly string[]>>;
  /** The names that the rules of all rpcs of the service bind. */
  readonly boundNames: readonly string[];
}

/** `accepted`, or the step that refuses the call. */
export type Outcome = 'accepted' | 'token' | 'presenter' | 'rpc' | 'request' | 'rows';

interface Transaction {
  readonly action: string;
  readonly rpc?: string;
  readonly request_sha256?: string;
  readonly binds?: Readonly<Record<string, string>>;
}

const requiredClaims = ['iss', 'aud', 'iat', 'exp', 'txn', 'sub', 'scope', 'req_wl', 'tctx', 'rctx'];

/** Verifies the token of a call by jose alone, by the steps of docs/transaction-tokens.md. */
export async function outcomeByJose(call: ReceivedCall): Promise<Outcome> {
  const claims = await claimsOf(call).catch(() => undefined);
  if (!claims) return 'token';
  if (claims['req_wl'] !== call.peer) return 'presenter';
  const { action, rpc = call.rpc, request_sha256: wanted, binds = {} } = claims['tctx'] as Transaction;
  if (rpc !== call.rpc || (action !== 'write' && !call.isRead)) return 'rpc';
  if (wanted !== undefined && wanted !== hash('sha256', Buffer.from(call.request, 'base64'), 'base64url')) return 'request';
  return Object.entries(binds).every(([name, id]) => isAbout(call, name, id)) ? 'accepted' : 'rows';
}

/** Step 5, for one name in the token. */
function isAbout({ rows, boundNames }: ReceivedCall, name: string, id: string): boolean {
  if (!boundNames.includes(name)) return true;
  const ids = Object.hasOwn(rows, name) ? (rows[name] ?? []) : [];
  return ids.length > 0 && ids.every((each) => each === id);
}

/** Step 1. @throws Error for an invalid token */
async function claimsOf({ token, issuer, jwks, trustDomain }: ReceivedCall): Promise<JWTPayload> {
  const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(jwks)), {
    ...{ algorithms: ['ES256'], typ: 'txntoken+jwt', issuer, audience: trustDomain, clockTolerance: 5 },
    requiredClaims,
  });
  if (Array.isArray(payload.aud)) throw new Error('aud is a list');
  return payload;
}
