import { ALGORITHM } from '@reputable/auth';
import { SERVICES } from '@reputable/contracts';
import { SignJWT } from 'jose';
import { randomUUID } from 'node:crypto';
import { AccessTokens as Original } from '../../../apps/auth/src/token/access-tokens.ts';
import { INTROSPECTION } from './introspection.ts';

export * from '../../../apps/auth/src/token/access-tokens.ts';

/** Auth's access tokens, which answer an introspection with the claims themselves: the same look-ups, and no signature. */
export class AccessTokens extends Original {
  constructor(...dependencies) {
    super(...dependencies);
    process.on('message', async ({ forge: claims }) => {
      if (claims) process.send({ token: await this.#sign(claims) });
    });
  }

  /** Signs any claims by auth's key, as a thief of the key does. */
  #sign(claims) {
    const { kid, privateKey } = this.keys.signer;
    const now = Math.floor(Date.now() / 1000);
    const jwt = new SignJWT(claims).setProtectedHeader({ alg: ALGORITHM, typ: 'at+jwt', kid }).setIssuer(this.issuer);
    return jwt
      .setAudience([...SERVICES])
      .setJti(randomUUID())
      .setIssuedAt(now)
      .setExpirationTime(now + 60)
      .sign(privateKey);
  }

  async mint(grant) {
    if (grant.actor !== INTROSPECTION) return super.mint(grant);
    const { userId: id, sessionId, clientId, scope, notAfter } = grant;
    const { roles, reputation } = await this.claims.of(id);
    const claims = { id, roles, reputation, scopes: scope.split(' '), sessionId, clientId };
    return { token: claims, expiresIn: notAfter - Math.floor(Date.now() / 1000) };
  }
}
