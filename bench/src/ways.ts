import { newPersonalAccessToken } from '@reputable/contracts';
import { aUser, type TestWorld } from '@reputable/testing';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { hash, randomUUID } from 'node:crypto';

/** The gateway's URL for clients, which proofs are signed for. */
export const PUBLIC_URL = 'http://localhost:3000';

type Headers = Readonly<Record<string, string>>;

/** Prepares a block of so many requests. Returns the headers of each, by its number. */
export type Way = (amount: number, nonce: string) => Promise<(index: number) => Headers>;

/** The names of the credentials that the others are compared with. */
export const [JWT, OPAQUE] = ['a JWT', 'an opaque token'];

/** The credential that needs work for each request. */
export const PROVEN = 'a token with a proof (DPoP)';

/** The credential of each way in, by its name. */
export async function waysInto(world: TestWorld): Promise<Readonly<Record<string, Way>>> {
  const user = aUser();
  const personal = world.opaque(user, { token: newPersonalAccessToken() });
  return {
    [JWT]: async () => {
      const authorization = `Bearer ${await world.issuer.tokenFor(user)}`;
      return () => ({ authorization });
    },
    [OPAQUE]: always({ authorization: `Bearer ${world.opaque(user)}` }),
    'the cookie of a browser session': always({ cookie: `__Host-session=${world.opaque(user)}`, 'x-reputable-csrf': '1' }),
    'a personal access token': always({ authorization: `Bearer ${personal}` }),
    'a personal access token as a password': always({ authorization: basic(`me:${personal}`) }),
    'the id and secret of an API client': always({
      authorization: basic(world.opaque(user, { token: `${user.id}:${'s'.repeat(43)}` })),
    }),
    [PROVEN]: await proven(world),
  };
}

const always = (headers: Headers) => () => Promise.resolve(() => headers);

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

/** A token that is bound to a key. Each request has a proof of its own (RFC 9449 §4.2). */
async function proven(world: TestWorld): Promise<Way> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = await exportJWK(publicKey);
  const token = world.opaque(aUser(), { proofKey: await calculateJwkThumbprint(jwk) });
  const claims = { htm: 'POST', htu: `${PUBLIC_URL}/graphql`, ath: hash('sha256', token, 'base64url') };
  const proof = (nonce: string) =>
    new SignJWT({ ...claims, jti: randomUUID(), nonce })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
      .setIssuedAt()
      .sign(privateKey);
  return async (amount, nonce) => {
    const proofs = await Promise.all(Array.from({ length: amount }, () => proof(nonce)));
    return (index) => ({ authorization: `DPoP ${token}`, dpop: proofs[index] ?? '' });
  };
}
