import { AuthenticatedUser } from '../access/authenticated-user.ts';
import { runInCall } from '../call/call-context.ts';

const NOBODY = new AuthenticatedUser({ id: '', roles: [], reputation: 0, scopes: [] });

/**
 * Calls a service with a token, as a client of `openClient` would within a request of that user.
 *
 * @example
 * await withToken(await issuer.tokenFor(aUser({ reputation: 14 })), () => invoices.payInvoice({ id: '7' }));
 * @param token the JWT, without a scheme. It need not be valid: the service decides
 */
export function withToken<Result>(token: string, call: () => Promise<Result>): Promise<Result> {
  const times = { issuedAt: 0, expiresAt: Infinity, freshUntil: Infinity };
  const carried = { authorization: `Bearer ${token}`, user: NOBODY, ...times };
  return runInCall({ user: undefined, peer: undefined, token: carried, deadline: Infinity }, call);
}
