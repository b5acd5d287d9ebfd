import { Inject, Injectable } from '@nestjs/common';
import { ALGORITHM } from '@reputable/auth';
import { SignJWT } from 'jose';
import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { KeyRing } from '../key/key-ring.ts';
import { isOurs } from '../client/oauth-clients.ts';
import { issueTime } from '../revocation/revoke.ts';
import { UserClaims } from '../account/user-claims.ts';

/** How long a token that services see is good for at most, in seconds. */
export const SIGNED_TOKEN_LIFETIME_S = 60;

/** The `iss` of the tokens that services see. */
export const ISSUER = Symbol('issuer');

/** What the opaque token stands for, and for whom the signed one is. */
export interface Exchanged {
  readonly userId: string;
  readonly sessionId: string;
  readonly clientId: string;
  readonly scope: string;
  /** The services it is to be good for. */
  readonly audience: readonly string[];
  /** The service that asks for it. */
  readonly actor: string;
  /** When the opaque token ends: seconds since the epoch. */
  readonly notAfter: number;
}

/** A signed token, and how long it is good for, in seconds. */
export interface SignedToken {
  readonly token: string;
  readonly expiresIn: number;
}

/** Makes the tokens that services see: JWTs (RFC 9068) with what the user service says of the user at that moment. */
@Injectable()
export class AccessTokens {
  constructor(
    @Inject(ISSUER) readonly issuer: string,
    readonly claims: UserClaims,
    readonly keys: KeyRing,
    readonly dataSource: DataSource,
  ) {}

  /**
   * When it is issued is said before the claims are read: if they change meanwhile, the token is older than its revocation. The roles are
   * for our own clients alone: what a moderator lets somebody else's application do, it does as a member.
   *
   * @throws DomainError USER_SUSPENDED
   */
  async mint({ userId, sessionId, clientId, scope, audience, actor, notAfter }: Exchanged): Promise<SignedToken> {
    const now = await issueTime(this.dataSource.manager, userId, () => this.claims.of(userId));
    const { roles, reputation } = await this.claims.of(userId);
    const { kid, privateKey } = this.keys.signer;
    const expiresAt = Math.min(now + SIGNED_TOKEN_LIFETIME_S, notAfter);
    const claims = { client_id: clientId, sid: sessionId, scope, roles: isOurs(clientId) ? roles : [], reputation, act: { sub: actor } };
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: ALGORITHM, typ: 'at+jwt', kid })
      .setIssuer(this.issuer)
      .setSubject(userId)
      .setAudience([...audience])
      .setJti(randomUUID())
      .setIssuedAt(now)
      .setExpirationTime(expiresAt)
      .sign(privateKey);
    return { token, expiresIn: expiresAt - now };
  }
}
