import { untilRefused } from '@reputable/cli';
import { connectToPost, forge } from '../direct/attacks.ts';
import { callPost, exchangeToken, issueTransactionToken } from '../direct/direct-call.ts';
import type { Inside } from '../direct/inside.ts';
import type { AttackName } from './attacks.ts';
import { type Accounts, PageError } from './accounts.ts';
import { type Refusal, traceparent } from './gateway-client.ts';

/** The parts of the system that an attack uses. */
export interface Scene {
  readonly inside: Inside;
  readonly accounts: Accounts;
}

/** Tries an attack, as the request of a trace. Rejects with the refusal. */
type Attempt = (scene: Scene, traceId: string) => Promise<unknown>;

/** How long to wait for a revocation, in milliseconds. The revocation stream takes 250 ms at most. */
const PATIENCE_MS = 5_000;

/** How each attack is tried. */
export const ATTEMPTS: Readonly<Record<AttackName, Attempt>> = {
  'forged-token': async (scene, traceId) => {
    const token = await forge(await jwtOf(scene, 'newcomer', ['post']), { reputation: 9_999 });
    await upvote(scene, traceId, { token });
  },
  'stolen-token': async (scene, traceId) => {
    const token = await jwtOf(scene, 'member', ['post']);
    const { refusal } = await scene.accounts.gateway.send('{ me { displayName } }', {}, { token, traceId });
    if (refusal) throw new Refused(refusal);
  },
  'no-certificate': ({ inside }) => connectToPost(inside),
  'round-the-gateway': async (scene, traceId) => upvote(scene, traceId, { token: await jwtOf(scene, 'newcomer', ['post']) }),
  'one-short': async (scene, traceId) => {
    const { postId } = await scene.accounts.data();
    const token = await tokenOf(scene, 'almost');
    const query = 'mutation Vote($id: ID!) { upvotePost(id: $id) { score } }';
    const { refusal } = await scene.accounts.gateway.send(query, { id: postId }, { token, traceId });
    if (refusal) throw new Refused(refusal);
  },
  'revoked-session': async (scene, traceId) => {
    const { gateway } = scene.accounts;
    const opaque = granted(await scene.accounts.logIn('member', false));
    const token = await exchangeToken(scene.inside, opaque, ['post']);
    await gateway.send('mutation { logOut }', {}, { token: opaque });
    const { postId } = await scene.accounts.data();
    const read = (headers = {}) => callPost(scene.inside, 'GetPost', { id: postId }, { token, headers });
    await untilRefused(read, 'Post has not received the revocation in time.', PATIENCE_MS);
    await read({ traceparent: traceparent(traceId) });
  },
  'other-service': async (scene, traceId) =>
    upvote(scene, traceId, { service: 'comment', token: await jwtOf(scene, 'member', ['post']), headers: { 'x-service': 'gateway' } }),
  replay: async (scene, traceId) => {
    const { postId } = await scene.accounts.data();
    const read = (token: string) =>
      callPost(scene.inside, 'GetPost', { id: postId }, { service: 'comment', token, headers: { traceparent: traceparent(traceId) } });
    // The token that comment receives with TOKENS_INSIDE=jwt, then the one with TOKENS_INSIDE=txn.
    await read(await jwtOf(scene, 'member', ['post', 'comment']));
    await read(await issueTransactionToken(scene.inside, await tokenOf(scene, 'member'), 'posts:read'));
  },
};

/** A refusal as an error. */
export class Refused extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.message);
  }
}

type Shown = Parameters<typeof callPost>[3];

async function upvote({ inside, accounts }: Scene, traceId: string, shown: Shown): Promise<void> {
  const { postId } = await accounts.data();
  const headers = { ...shown.headers, traceparent: traceparent(traceId) };
  await callPost(inside, 'UpvotePost', { id: postId }, { ...shown, headers });
}

const tokenOf = async ({ accounts }: Scene, name: string) => granted(await accounts.token(name));

/** The JWT that services get in place of the account's token. */
const jwtOf = async (scene: Scene, name: string, audience: readonly string[]) =>
  exchangeToken(scene.inside, await tokenOf(scene, name), audience);

function granted(token: string | Refusal): string {
  if (typeof token === 'string') return token;
  throw new PageError(`The attack needs a log-in that is refused: ${token.message}`);
}
