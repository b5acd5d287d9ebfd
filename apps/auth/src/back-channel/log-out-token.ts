import { ALGORITHM } from '@reputable/auth';
import { SignJWT } from 'jose';
import { randomUUID } from 'node:crypto';
import type { Signer } from '../key/key-ring.ts';

/** The lifetime of a logout token: two minutes, as OpenID Connect Back-Channel Logout §2.4 recommends. */
const LIFETIME = '2 minutes';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/** A session that has ended. */
export interface EndedSession {
  /** The `sid` of the ID tokens. */
  readonly id: string;
  readonly accountId: string;
  readonly clientId: string;
}

/** Signs a logout token (OpenID Connect Back-Channel Logout 1.0 §2.4). */
export function logOutToken(issuer: string, { id, accountId, clientId }: EndedSession, { kid, privateKey }: Signer): Promise<string> {
  return new SignJWT({ sid: id, events: { [EVENT]: {} } })
    .setProtectedHeader({ alg: ALGORITHM, typ: 'logout+jwt', kid })
    .setIssuer(issuer)
    .setSubject(accountId)
    .setAudience(clientId)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime(LIFETIME)
    .sign(privateKey);
}
