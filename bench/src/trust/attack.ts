import { type Person, Refused } from '@reputable/dev';
import { generateKeyPair, SignJWT } from 'jose';
import { randomBytes, randomUUID } from 'node:crypto';
import { SERVICES, TRUST_DOMAIN } from '@reputable/contracts/registry';
import { plainly, SCHEMES } from './forwarded.ts';
import { CREATE_POST, type Insider, type Outcome } from './insider.ts';
import { REPLAYS, type ReplayScene } from './replay.ts';
import type { TrustSystem } from './trust-system.ts';
import type { Way } from './way.ts';

/** What an attack works on. */
export interface Scene extends ReplayScene {
  /** Has no certificate. */
  readonly outsider: Insider;
  /** A member, logged in. */
  readonly member: Person;
  /** A moderator who is not logged in. */
  readonly moderatorId: string;
  /** The id of another user's post that no attack has deleted yet. */
  readonly nextPost: () => string;
}

/** An attack, and what it achieves in each way; undefined where it has no object. */
export interface Attack {
  readonly name: string;
  readonly run: (scene: Scene, way: Way) => Promise<Outcome | undefined>;
}

/** The attacks of which the outcome is yes or no. */
export const ATTACKS: readonly Attack[] = [
  {
    name: 'without a certificate, as a moderator',
    run: async (scene, way) => scene.outsider.delete(await forged(scene, way), scene.nextPost()),
  },
  {
    name: "with comment's certificate, as a moderator, an rpc that comment does not call",
    run: async (scene, way) => scene.comment.delete(await forged(scene, way), scene.nextPost()),
  },
  {
    name: "with the gateway's certificate, as a moderator who is not logged in",
    run: async (scene, way) => scene.gateway.delete(await forged(scene, way), scene.nextPost()),
  },
  {
    name: "with the gateway's certificate, as a member whose request it serves",
    run: async ({ gateway, member }, way) => gateway.write(await gateway.seen(way, member, CREATE_POST)),
  },
  {
    name: 'what a service saw of a member, at the gateway from outside',
    run: async ({ system, gateway, member }, way) => {
      const [, credential = ''] = (await gateway.seen(way, member)).split(' ');
      return atGateway(system, credential);
    },
  },
  {
    name: 'an access token stolen from a client, at the gateway',
    run: ({ system, member }) => atGateway(system, member.token),
  },
  {
    name: "auth's signing key, stolen: as a moderator who is not logged in",
    run: async (scene, way) =>
      way === 'ours' || way === 'txn'
        ? scene.gateway.delete(`Bearer ${await scene.system.forge(claimsOf(scene.moderatorId))}`, scene.nextPost())
        : undefined,
  },
  ...REPLAYS,
];

/** A moderator's identity, as one who knows the system but has none of its secrets makes it up. */
async function forged({ moderatorId, system }: Scene, way: Way): Promise<string> {
  if (way === 'trusting') return plainly({ id: moderatorId, roles: ['MODERATOR'], reputation: 1, scopes: ['posts:write'] });
  if (way !== 'ours' && way !== 'txn') return SCHEMES[way] + randomBytes(32).toString('base64url');
  const { privateKey } = await generateKeyPair('ES256');
  const isJwt = way === 'ours';
  const jwt = new SignJWT(isJwt ? claimsOf(moderatorId) : transactionOf(moderatorId));
  const now = Math.floor(Date.now() / 1000);
  return `Bearer ${await jwt
    .setProtectedHeader({ alg: 'ES256', typ: isJwt ? 'at+jwt' : 'txntoken+jwt', kid: await system.keyId() })
    .setIssuer(system.urls.issuer)
    .setAudience(isJwt ? [...SERVICES] : TRUST_DOMAIN)
    .setSubject(moderatorId)
    .setIssuedAt(now)
    .setExpirationTime(now + 60)
    .sign(privateKey)}`;
}

const claimsOf = (sub: string) => ({
  sub,
  sid: randomUUID(),
  client_id: 'first-party',
  scope: 'posts:write',
  roles: ['MODERATOR'],
  reputation: 1,
  act: { sub: 'gateway' },
});

const transactionOf = (sub: string) => ({
  ...{ sub, txn: randomUUID(), scope: 'posts:write', req_wl: `spiffe://${TRUST_DOMAIN}/gateway` },
  tctx: { action: 'write', rpc: 'reputable.post.v1.PostService/DeletePost', roles: ['MODERATOR'], reputation: 1 },
  rctx: { sid: randomUUID(), client_id: 'first-party' },
});

/** Writes a post through the gateway with a bearer token. */
export async function atGateway(system: TrustSystem, token: string): Promise<Outcome> {
  const query = 'mutation { createPost(input: { title: "A post", body: "From outside." }) { id } }';
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const response = await fetch(system.urls.graphql, { method: 'POST', headers, body: JSON.stringify({ query }) });
  const { errors } = (await response.json()) as { errors?: { extensions: { reason: string } }[] };
  return errors?.[0]?.extensions.reason ?? 'through';
}

/** Deletes a post as the person; for moderators if it is somebody else's. */
export async function deleteAs(person: Person, id: string): Promise<Outcome> {
  try {
    await person.ask('mutation ($id: ID!) { deletePost(id: $id) }', { id });
    return 'through';
  } catch (error) {
    if (error instanceof Refused) return error.reason;
    throw error;
  }
}
