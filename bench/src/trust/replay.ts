import { create, toBinary } from '@bufbuild/protobuf';
import { requestHashOf } from '@reputable/auth';
import { GetPostRequestSchema, PostService } from '@reputable/contracts/post/v1/post';
import { TRUST_DOMAIN } from '@reputable/contracts/registry';
import type { Person } from '@reputable/dev';
import { decodeJwt } from 'jose';
import { carrying } from '../call-server.ts';
import type { Insider, Outcome } from './insider.ts';
import type { TrustSystem } from './trust-system.ts';
import type { Way } from './way.ts';

/** What a replay works on: the comment service is compromised, so the attacker has the credentials that arrive there. */
export interface ReplayScene {
  readonly system: TrustSystem;
  /** Holds the gateway's certificate. */
  readonly gateway: Insider;
  /** Holds the certificate of the comment service. */
  readonly comment: Insider;
  /** Uses the comment service. */
  readonly victim: Person;
  /** The ids of two posts that no attack deletes. The victim comments on the first one. */
  readonly postIds: readonly [string, string];
  /** The ids of two comments of another user. */
  readonly commentIds: readonly [string, string];
}

/** A replay of a user's credential by the comment service. */
export interface Replay {
  readonly name: string;
  readonly run: (scene: ReplayScene, way: Way) => Promise<Outcome>;
}

const BODY = 'A comment of the victim.';

/** The replays. Those that need a rule for the gateway alone also need its certificate. */
export const REPLAYS: readonly Replay[] = [
  {
    name: 'compromised comment, credential of a query: read at post',
    run: async (scene) => scene.comment.read(await ofQuery(scene), scene.postIds[1]),
  },
  {
    name: 'compromised comment, credential of a query, replaced by auth: read at post',
    run: async (scene, way) => readReplaced(scene, way, await ofQuery(scene)),
  },
  {
    name: 'compromised comment, credential of a comment, replaced by auth: read another post',
    run: async (scene, way) => readReplaced(scene, way, await ofComment(scene)),
  },
  {
    name: "the same with the gateway's certificate, credential of a query: read the member's votes",
    run: async (scene) => scene.gateway.attempt(await ofQuery(scene), ({ post }) => post.listOwnVotes({})),
  },
  {
    name: "the same with the gateway's certificate, credential of a query: write at post",
    run: async (scene) => scene.gateway.write(await ofQuery(scene)),
  },
  {
    name: "the same with the gateway's certificate, credential of a comment: write at post",
    run: async (scene) => scene.gateway.write(await ofComment(scene)),
  },
  {
    name: "the same with the gateway's certificate, credential of a comment: comment once more",
    run: async (scene) =>
      scene.gateway.attempt(await ofComment(scene), ({ comment }) => comment.createComment({ postId: scene.postIds[0], body: BODY })),
  },
  {
    name: "the same with the gateway's certificate, credential of a vote: vote on another comment",
    run: async (scene) => scene.gateway.attempt(await ofVote(scene), ({ comment }) => comment.upvoteComment({ id: scene.commentIds[1] })),
  },
];

const ofQuery = (scene: ReplayScene) =>
  seenBy(scene, ({ victim, postIds: [id] }) =>
    victim.ask('query ($id: ID!) { post(id: $id) { comments(first: 1) { nodes { id } } } }', { id }),
  );

const ofComment = (scene: ReplayScene) =>
  seenBy(scene, ({ victim, postIds: [postId] }) =>
    victim.ask('mutation ($input: CreateCommentInput!) { createComment(input: $input) { id } }', { input: { postId, body: BODY } }),
  );

const ofVote = (scene: ReplayScene) =>
  seenBy(scene, ({ victim, commentIds: [id] }) => victim.ask('mutation ($id: ID!) { upvoteComment(id: $id) { id } }', { id }));

/** Reads a post that the victim does not comment on, with the certificate of comment, and with the token that auth gives comment for it. */
const readReplaced = (scene: ReplayScene, way: Way, credential: string): Promise<Outcome> =>
  scene.comment.attempt(credential, async (clients) => {
    const [, id] = scene.postIds;
    if (way !== 'txn') return clients.post.getPost({ id });
    const { accessToken } = await clients.auth.issueTransactionToken({
      ...{ subjectToken: credential.slice('Bearer '.length), audience: TRUST_DOMAIN, scope: 'posts:read' },
      rpc: `${PostService.typeName}/GetPost`,
      requestSha256: requestHashOf(toBinary(GetPostRequestSchema, create(GetPostRequestSchema, { id }))),
    });
    return carrying(`Bearer ${accessToken}`, () => clients.post.getPost({ id }));
  });

/** The credential of the victim that arrives at comment with a request. */
async function seenBy(scene: ReplayScene, act: (scene: ReplayScene) => Promise<unknown>): Promise<string> {
  const arrived = await scene.system.watch('comment', () => act(scene));
  const credential = arrived.findLast((one) => isOf(scene.victim, one));
  if (credential === undefined) throw new Error('The comment service has received no credential of the victim.');
  return credential;
}

function isOf({ id, token }: Person, credential: string): boolean {
  if (credential.startsWith('Bearer ')) return decodeJwt(credential.slice('Bearer '.length)).sub === id;
  return credential.includes(id) || credential.endsWith(token);
}
