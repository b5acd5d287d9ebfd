import { AccessTokens as Original } from '../../../apps/auth/src/token/access-tokens.ts';
import { INTROSPECTION } from './introspection.ts';

export * from '../../../apps/auth/src/token/access-tokens.ts';

/** Auth's access tokens, which answer an introspection with the claims themselves: the same look-ups, and no signature. */
export class AccessTokens extends Original {
  async mint(grant) {
    if (grant.actor !== INTROSPECTION) return super.mint(grant);
    const { userId: id, sessionId, clientId, scope, notAfter } = grant;
    const { roles, reputation } = await this.claims.of(id);
    const claims = { id, roles, reputation, scopes: scope.split(' '), sessionId, clientId };
    return { token: claims, expiresIn: notAfter - Math.floor(Date.now() / 1000) };
  }
}
