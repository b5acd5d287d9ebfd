import { Inject, Injectable } from '@nestjs/common';
import { ALGORITHM } from '@reputable/auth';
import { instruments } from '@reputable/tracing';
import { SignJWT } from 'jose';
import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { KeyRing } from '../key/key-ring.ts';
import { isOurs } from '../client/oauth-clients.ts';
import { type IssuePoint, issuePoint } from '../revocation/revoke.ts';
import { UserClaims } from '../account/user-claims.ts';
import type { LogInClaims } from '../provider/log-in-claims.ts';

const kept = instruments((meter) =>
  meter.createCounter('reputable.token.kept_claims', {
    unit: '{token}',
    description: 'Tokens that were issued with kept claims, because the user service did not answer',
  }),
);

/** The longest lifetime of a JWT for services, in seconds. The gateway renews it after a third of it, so that a minute remains when auth fails. */
export const SIGNED_TOKEN_LIFETIME_S = 120;

/** The injection token of the JWTs' `iss`. */
export const ISSUER = Symbol('issuer');

/** The grant of the opaque token, and the audience of the JWT. */
export interface TokenGrant {
  /** The point of issue, taken before the grant was read. */
  readonly at: IssuePoint;
  readonly userId: string;
  readonly sessionId: string;
  readonly clientId: string;
  readonly scope: string;
  /** The services that accept the JWT. */
  readonly audience: readonly string[];
  /** The service that requests the exchange. */
  readonly actor: string;
  /** When the opaque token expires: seconds since the epoch. */
  readonly notAfter: number;
  /** Undefined if no log-in is behind the token. */
  readonly logIn?: LogInClaims | undefined;
  /** Whether the JWT has the user's roles. Default: whether the client is ours. */
  readonly trusted?: boolean;
  /** The longest lifetime of the JWT, in seconds. Default: {@link SIGNED_TOKEN_LIFETIME_S}. */
  readonly lifetimeS?: number;
  /** The roles in place of those of the user service. */
  readonly roles?: readonly string[] | undefined;
}

/** A JWT, and its lifetime in seconds. */
export interface SignedToken {
  readonly token: string;
  readonly expiresIn: number;
}

/** Issues the JWTs for services (RFC 9068). */
@Injectable()
export class AccessTokens {
  constructor(
    @Inject(ISSUER) readonly issuer: string,
    readonly claims: UserClaims,
    readonly keys: KeyRing,
    readonly dataSource: DataSource,
  ) {}

  /** The point of issue of the next JWT. Take it before its grant is read: if that changes in between, the revocation covers the JWT. */
  issuePoint(): Promise<IssuePoint> {
    return issuePoint(this.dataSource.manager);
  }

  /**
   * Issues a JWT with the user's current claims, or with kept ones and their age in `claims_age` while the user service does not answer. Only our
   * own clients get the roles: a third-party application of a moderator acts as a member.
   *
   * @throws DomainError USER_SUSPENDED
   */
  async mint(grant: TokenGrant): Promise<SignedToken> {
    const { at, userId, sessionId, clientId, scope, audience, actor, notAfter, logIn } = grant;
    const { trusted = isOurs(clientId), lifetimeS = SIGNED_TOKEN_LIFETIME_S } = grant;
    // Kept claims follow the revocations that they followed when they were read: a later one, committed or not, covers the JWT.
    const { roles: ownRoles, reputation, ageS, rev = at.rev } = await this.claims.of(userId, at);
    if (ageS !== undefined) kept()?.add(1);
    const now = Math.floor(at.time);
    const roles = trusted ? (grant.roles ?? ownRoles) : [];
    const { kid, privateKey } = this.keys.signer;
    const expiresAt = Math.min(now + lifetimeS, notAfter);
    const granted = { client_id: clientId, sid: sessionId, scope, roles, reputation, claims_age: ageS, rev };
    const claims = { ...granted, ...logIn, auth_time: notAfterIssue(logIn?.auth_time, now), act: { sub: actor } };
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

/** The time of the log-in, by our clock; at most `iat`, which is by the clock of the database. */
const notAfterIssue = (authTime: number | undefined, iat: number) => authTime && Math.min(authTime, iat);
