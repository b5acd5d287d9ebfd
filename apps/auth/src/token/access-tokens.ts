import { Inject, Injectable } from '@nestjs/common';
import { type Client, ALGORITHM, InjectClient, MAX_LIFETIME_S } from '@reputable/auth';
import { SERVICES } from '@reputable/contracts';
import { UserService } from '@reputable/contracts/user/v1/user';
import { SignJWT } from 'jose';
import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { KeyRing } from '../key/key-ring.ts';
import { issueTime } from '../revocation/revoke.ts';
import { userSuspended } from './token.errors.ts';

/** How long an access token is good for, in seconds. */
export const ACCESS_TOKEN_LIFETIME_S = MAX_LIFETIME_S;

/** The `iss` of the tokens. */
export const ISSUER = Symbol('issuer');

/** The `client_id` of whoever logs in with e-mail and password. */
const FIRST_PARTY = 'first-party';

/** Makes access tokens: JWTs (RFC 9068) with what the user service says of the user at that moment. */
@Injectable()
export class AccessTokens {
  constructor(
    @Inject(ISSUER) readonly issuer: string,
    @InjectClient(UserService) readonly users: Client<typeof UserService>,
    readonly keys: KeyRing,
    readonly dataSource: DataSource,
  ) {}

  /**
   * An access token for a user, in a session. When it is issued is said before the claims are read: if they change meanwhile, the token is
   * older than its revocation.
   *
   * @throws DomainError USER_SUSPENDED
   */
  async mint(userId: string, sessionId: string): Promise<string> {
    const now = await issueTime(this.dataSource.manager, userId);
    const { roles, reputation, suspended } = await this.users.getClaims({ userId });
    if (suspended) throw userSuspended();
    const { kid, privateKey } = this.keys.signer;
    return new SignJWT({ client_id: FIRST_PARTY, sid: sessionId, scope: '', roles, reputation })
      .setProtectedHeader({ alg: ALGORITHM, typ: 'at+jwt', kid })
      .setIssuer(this.issuer)
      .setSubject(userId)
      .setAudience([...SERVICES])
      .setJti(randomUUID())
      .setIssuedAt(now)
      .setExpirationTime(now + ACCESS_TOKEN_LIFETIME_S)
      .sign(privateKey);
  }
}
