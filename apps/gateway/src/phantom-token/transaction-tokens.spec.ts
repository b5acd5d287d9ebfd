import { create, toBinary } from '@bufbuild/protobuf';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { GetPostRequestSchema, PostService, PostView } from '@reputable/contracts/post/v1/post';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { TRUST_DOMAIN } from '@reputable/contracts/registry';
import { UserService } from '@reputable/contracts/user/v1/user';
import { requestHashOf } from '@reputable/auth';
import { Code, DomainError } from '@reputable/errors';
import { aUser, denied, eventually, type TestService, type TestUser, TestWorld, urlsOf } from '@reputable/testing';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { randomUUID } from 'node:crypto';
import { asking } from '../testing/ask.ts';

const CREATE = 'mutation { createPost(input: { title: "A title", body: "A body" }) { id author { id } } }';
const READ = '{ posts { nodes { id title myVote author { displayName } } } }';

let world: TestWorld;
let post: TestService;
let user: TestService;
let comment: TestService;
let ask: ReturnType<typeof asking>;
let origin: string;

beforeAll(async () => {
  world = await TestWorld.create();
  [user, post, comment] = await Promise.all([world.service('user'), world.service('post'), world.service('comment')]);
  const gateway = await world.start('gateway', { TOKENS_INSIDE: 'txn', ...urlsOf({ user, post, comment }) });
  ask = asking(gateway.ports.http);
  origin = `http://127.0.0.1:${String(gateway.ports.http)}`;
});
afterAll(() => world.end());

beforeEach(() => {
  Object.assign(world.exchange, { lifetimeS: 60, refusal: undefined, transactionRefusal: undefined, replacementRefusal: undefined });
});

/** A user with a profile. */
async function member(more: Partial<TestUser> = {}): Promise<TestUser> {
  const one = aUser({ reputation: 200, ...more });
  await (await world.client(UserService, user, { service: 'auth' })).createProfile({ userId: one.id, displayName: 'Member' });
  return one;
}

/** The requests for Transaction Tokens that `act` causes. */
async function transactionsOf(act: () => Promise<unknown>) {
  const before = world.exchange.transactions.length;
  await act();
  return world.exchange.transactions.slice(before).map(({ rpc, scope, audience }) => ({ rpc, scope, audience }));
}

/** Sends a document that must succeed. */
async function succeed(document: string, token: string): Promise<unknown> {
  const { data, errors } = await ask(document, { token });
  expect(errors).toEqual([]);
  return data;
}

/** Creates a post, and returns its id. */
async function write(token: string): Promise<string> {
  const { createPost } = (await succeed(CREATE, token)) as { createPost: { id: string } };
  return createPost.id;
}

describe('with TOKENS_INSIDE=txn, the gateway', () => {
  it('requests one Transaction Token for reads, and exchanges the opaque token for a JWT that other services refuse', async () => {
    const token = world.opaque(await member());
    const transactions = await transactionsOf(async () => {
      for (let round = 0; round < 20; round += 1) await succeed(READ, token);
    });
    expect(transactions).toEqual([{ rpc: '', scope: 'posts:read profile:read account', audience: TRUST_DOMAIN }]);
    expect(world.exchange.countOf(token)).toBe(1);
    expect(world.exchange.requests.at(-1)?.audience).toEqual(['gateway', 'auth']);
  });

  it('requests none for reads if a request only writes, and a single one for concurrent reads', async () => {
    const token = world.opaque(await member());
    const writes = await transactionsOf(() => succeed(CREATE.replace('author { id }', ''), token));
    expect(writes.map(({ rpc }) => rpc)).toEqual(['reputable.post.v1.PostService/CreatePost']);
    const reads = await transactionsOf(() => Promise.all(Array.from({ length: 10 }, () => succeed(READ, token))));
    expect(reads.map(({ rpc }) => rpc)).toEqual(['']);
  });

  it('requests the next one for reads ahead, and reads on with the former one if auth refuses that', async () => {
    const token = world.opaque(await member());
    world.exchange.lifetimeS = 16;
    await succeed(READ, token);
    const [before] = world.exchange.issued.slice(-1);
    world.exchange.transactionRefusal = new DomainError(Code.UNAVAILABLE, 'DATABASE_UNAVAILABLE', 'The database does not answer.');
    // The next exchange begins after half of the time that the JWT is used.
    await eventually(async () => {
      await succeed(READ, token);
      expect(world.exchange.countOf(token)).toBeGreaterThan(1);
    });
    await succeed(READ, token);
    world.exchange.transactionRefusal = undefined;
    await eventually(async () => {
      await succeed(READ, token);
      expect(world.exchange.issued.at(-1)).not.toBe(before);
    });
  });

  it('requests one more for each call that changes something, with the scope of that call', async () => {
    const token = world.opaque(await member());
    await succeed(READ, token);
    const create = await transactionsOf(() => succeed(CREATE, token));
    expect(create).toEqual([
      { rpc: 'reputable.post.v1.PostService/CreatePost', scope: 'posts:read posts:write profile:read account', audience: TRUST_DOMAIN },
    ]);
    const id = await write(world.opaque(await member()));
    const votes = await transactionsOf(() => succeed(`mutation { a: upvotePost(id: "${id}") { id myVote } }`, token));
    expect(votes.map(({ rpc }) => rpc)).toEqual(['reputable.post.v1.PostService/UpvotePost']);
    const two = await transactionsOf(() => succeed(`mutation { a: retractVote(id: "${id}") { id } b: ${CREATE.slice(11, -1)} }`, token));
    expect(two.map(({ rpc }) => rpc)).toEqual(['RetractVote', 'CreatePost'].map((rpc) => `reputable.post.v1.PostService/${rpc}`));
  });

  it('requests none for the JWT of an exchange that a change of claims has made obsolete', async () => {
    const sessionId = randomUUID();
    const [reader, witness] = [await member(), world.opaque(await member(), { sessionId })];
    await succeed(READ, witness);
    const token = world.opaque(reader);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const transactions = await transactionsOf(async () => {
      world.exchange.hold = promise;
      const read = succeed(READ, token);
      await eventually(() => expect(world.exchange.countOf(token)).toBe(1));
      world.revocations.announce(reader.id);
      // The gateway applies the updates in order.
      world.revocations.revoke('session', sessionId);
      await eventually(async () => expect((await ask(READ, { token: witness })).errors).not.toEqual([]));
      world.exchange.hold = undefined;
      resolve(undefined);
      await read;
    });
    expect([transactions.length, world.exchange.countOf(token)]).toEqual([1, 2]);
  });

  it('refuses early by the scopes of the opaque token, as with JWTs', async () => {
    const token = world.opaque(await member({ scopes: ['posts:read'] }));
    const { errors } = await ask(CREATE, { token });
    expect(errors[0]?.extensions).toMatchObject({ reason: 'SCOPE_MISSING', metadata: { required: 'posts:write', actual: 'posts:read' } });
    const low = world.opaque(await member({ reputation: 1 }));
    const downvote = await ask('mutation { downvotePost(id: "0199a0a0-0000-7000-8000-000000000000") { id } }', { token: low });
    expect(downvote.errors[0]?.extensions).toMatchObject({ reason: 'REPUTATION_TOO_LOW', metadata: { required: '125', actual: '1' } });
  });

  it('reads on with the token for reads while auth issues none, and changes nothing', async () => {
    const token = world.opaque(await member());
    await succeed(READ, token);
    world.exchange.refusal = new DomainError(Code.UNAVAILABLE, 'DATABASE_UNAVAILABLE', 'The database does not answer.');
    await succeed(READ, token);
    const { errors } = await ask(CREATE, { token });
    expect(errors[0]?.extensions).toMatchObject({ code: 'UNAVAILABLE', reason: 'DATABASE_UNAVAILABLE' });
  });

  it('uses no JWT in its last seconds, in which auth could refuse to exchange it for the token of a write', async () => {
    world.exchange.lifetimeS = 9;
    const token = world.opaque(await member());
    for (let round = 0; round < 2; round += 1) await succeed(READ, token);
    expect(world.exchange.countOf(token)).toBe(2);
  });

  it('does not blame the client if auth refuses the JWT that it has just issued, for example because a replica lacks a new key', async () => {
    const token = world.opaque(await member());
    world.exchange.transactionRefusal = new DomainError(
      Code.UNAUTHENTICATED,
      'TOKEN_INVALID',
      'The access token is not valid. Log in again.',
    );
    expect((await ask(READ, { token })).errors).toMatchObject([{ extensions: { code: 'INTERNAL' } }]);
    world.exchange.transactionRefusal = undefined;
    await succeed(READ, token);
  });

  describe('if auth refuses the token of a write', () => {
    const INVALID = new DomainError(Code.UNAUTHENTICATED, 'TOKEN_INVALID', 'The access token is not valid. Log in again.');
    const REVOKED = new DomainError(Code.UNAUTHENTICATED, 'TOKEN_REVOKED', 'The access token is revoked. Log in again.');

    it.each([
      ['because the JWT is revoked, answers as for any revoked token', REVOKED, 401, 'TOKEN_REVOKED', true],
      ['because it does not accept its own JWT, does not blame the client', INVALID, 500, 'INTERNAL', false],
    ])('%s', async (_, refusal, status, reason, challenged) => {
      const token = world.opaque(await member());
      await succeed(READ, token);
      world.exchange.transactionRefusal = refusal;
      const { data, errors } = await ask(CREATE, { token });
      expect([data, errors[0]?.extensions.reason]).toEqual([null, reason]);
      const response = await fetch(`${origin}/api/v1/posts`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ title: 'A title', body: 'A body' }),
      });
      expect([response.status, response.headers.has('www-authenticate')]).toEqual([status, challenged]);
      expect(await response.json()).toMatchObject({ reason });
    });
  });

  it('refuses a client that sends a Transaction Token itself', async () => {
    const transaction = await world.issuer.transactionTokenFor(await member(), { trustDomain: TRUST_DOMAIN });
    expect((await ask(READ, { token: transaction })).status).toBe(401);
  });
});

/** The SPIFFE ID of a service. */
const idOf = (service: string) => `spiffe://${TRUST_DOMAIN}/${service}`;

describe('a service that calls another one', () => {
  /** The tokens that a comment on a new post causes, in the order of the calls. */
  async function commentOn() {
    const token = world.opaque(await member());
    const id = await write(world.opaque(await member()));
    await succeed(READ, token);
    world.exchange.issued.length = 0;
    await succeed(`mutation { createComment(input: { postId: "${id}", body: "A comment" }) { id } }`, token);
    return { id, tokens: [...world.exchange.issued] };
  }

  it('requests a replacement for each rpc, of the same transaction', async () => {
    const { tokens } = await commentOn();
    const claims = tokens.map((token) => decodeJwt(token));
    expect(claims.map(({ req_wl, tctx }) => ({ req_wl, tctx }))).toMatchObject([
      { req_wl: idOf('gateway'), tctx: { action: 'write', rpc: 'reputable.comment.v1.CommentService/CreateComment' } },
      { req_wl: idOf('comment'), tctx: { action: 'read', rpc: 'reputable.post.v1.PostService/GetPost' } },
      { req_wl: idOf('post'), tctx: { action: 'read', rpc: 'reputable.user.v1.UserService/GetUser' } },
    ]);
    expect(new Set(claims.map(({ txn }) => txn)).size).toBe(1);
  });

  it('cannot use the token that it received at another service', async () => {
    const { id, tokens } = await commentOn();
    for (const token of [tokens[0] ?? '', await world.issuer.transactionTokenFor(await member(), { trustDomain: TRUST_DOMAIN })]) {
      const posts = await world.client(PostService, post, { token, service: 'comment' });
      const mismatch = denied('PRESENTER_MISMATCH', { caller: idOf('comment'), allowed: idOf('gateway') });
      await expect(posts.getPost({ id })).rejects.toMatchObject(mismatch);
    }
  });

  it('reads nothing else with the replacement of a write', async () => {
    const { id, tokens } = await commentOn();
    const token = tokens[1] ?? '';
    const other = await write(world.opaque(await member()));
    const posts = await world.client(PostService, post, { token, service: 'comment' });
    expect((await posts.getPost({ id, view: PostView.WITH_AUTHOR })).post?.id).toBe(id);
    await expect(posts.getPost({ id: other, view: PostView.WITH_AUTHOR })).rejects.toMatchObject(denied('REQUEST_MISMATCH'));
    const users = await world.client(UserService, user, { token, service: 'comment' });
    for (const read of [() => posts.batchGetPosts({ ids: [id] }), () => posts.listPosts({}), () => users.getUser({ id })])
      await expect(read()).rejects.toMatchObject(denied('CALLER_NOT_ALLOWED'));
    const fromPost = await world.client(UserService, user, { token, service: 'post' });
    await expect(fromPost.getUser({ id })).rejects.toMatchObject(denied('PRESENTER_MISMATCH'));
  });

  it('gets no replacement that reads other rows than the call is about', async () => {
    const { id, tokens } = await commentOn();
    expect(decodeJwt(tokens[0] ?? '')['tctx']).toMatchObject({ binds: { post_id: id } });
    const other = await write(world.opaque(await member()));
    /** Comment replaces the token of the comment, and reads a post with the replacement. */
    const read = async (postId: string) => {
      const requestSha256 = requestHashOf(toBinary(GetPostRequestSchema, create(GetPostRequestSchema, { id: postId })));
      const request = {
        subjectToken: tokens[0] ?? '',
        audience: TRUST_DOMAIN,
        scope: 'posts:read',
        rpc: `${PostService.typeName}/GetPost`,
      };
      const auth = await world.client(
        AuthService,
        { ports: { grpc: Number(world.auth.url.split(':')[1]), http: 0, metrics: 0 } },
        { service: 'comment' },
      );
      const { accessToken: token } = await auth.issueTransactionToken({ ...request, requestSha256 });
      return (await world.client(PostService, post, { token, service: 'comment' })).getPost({ id: postId });
    };
    expect((await read(id)).post?.id).toBe(id);
    await expect(read(other)).rejects.toMatchObject(denied('REQUEST_MISMATCH'));
  });

  it('refuses an id that is none by its name, however long it is', async () => {
    const token = world.opaque(await member());
    const { errors } = await ask(`mutation { createComment(input: { postId: "${'x'.repeat(1_000)}", body: "A comment" }) { id } }`, {
      token,
    });
    expect(errors[0]?.extensions).toMatchObject({ reason: 'INVALID_FIELD', violations: [{ field: 'postId' }] });
  });

  it('fails without a replacement, with the error of auth', async () => {
    const token = world.opaque(await member());
    const id = await write(world.opaque(await member()));
    await succeed(READ, token);
    world.exchange.replacementRefusal = new DomainError(Code.UNAVAILABLE, 'DATABASE_UNAVAILABLE', 'The database does not answer.');
    const { errors } = await ask(`mutation { createComment(input: { postId: "${id}", body: "A comment" }) { id } }`, { token });
    expect(errors[0]?.extensions).toMatchObject({ code: 'UNAVAILABLE', reason: 'DATABASE_UNAVAILABLE' });
  });
});

describe('a compromised service with the certificate of the gateway', () => {
  /** Clients as a service that has the tokens of one query, one vote and one post. */
  async function withTokensOf(voter: TestUser) {
    world.exchange.issued.length = 0;
    const token = world.opaque(voter);
    const id = await write(world.opaque(await member()));
    world.exchange.issued.length = 0;
    await succeed(READ, token);
    await succeed(`mutation { upvotePost(id: "${id}") { id } }`, token);
    await write(token);
    const [reads = '', vote = '', create = ''] = world.exchange.issued;
    const clientsWith = async (stolen: string) => ({
      posts: await world.client(PostService, post, { token: stolen }),
      users: await world.client(UserService, user, { token: stolen }),
    });
    const clients = { withReads: await clientsWith(reads), withVote: await clientsWith(vote), withCreate: await clientsWith(create) };
    return { id, reads, vote, ...clients };
  }

  it('changes nothing with the token of a query, anywhere', async () => {
    const { id, reads, withReads } = await withTokensOf(await member());
    expect([decodeProtectedHeader(reads).typ, decodeJwt(reads)['tctx']]).toMatchObject(['txntoken+jwt', { action: 'read' }]);
    const { posts, users } = withReads;
    expect((await posts.getPost({ id })).post?.id).toBe(id);
    for (const change of [
      () => posts.createPost({ title: 'Stolen', body: 'Stolen' }),
      () => posts.upvotePost({ id }),
      () => users.updateProfile({ displayName: 'Stolen' }),
    ])
      await expect(change()).rejects.toMatchObject(denied('TRANSACTION_MISMATCH', { allowed: '' }));
  });

  it('changes nothing with the token of a vote: the same vote again is no change', async () => {
    const { id, vote, withVote } = await withTokensOf(await member());
    expect(decodeJwt(vote)['tctx']).toMatchObject({
      ...{ action: 'write', rpc: 'reputable.post.v1.PostService/UpvotePost', request_sha256: expect.stringMatching(/^[\w-]{43}$/) },
    });
    const { posts, users } = withVote;
    const allowed = { allowed: 'reputable.post.v1.PostService/UpvotePost' };
    for (const change of [
      () => posts.downvotePost({ id }),
      () => posts.deletePost({ id }),
      () => users.updateProfile({ displayName: 'Stolen' }),
    ])
      await expect(change()).rejects.toMatchObject(denied('TRANSACTION_MISMATCH', allowed));
    for (let round = 0; round < 2; round += 1) expect((await posts.upvotePost({ id })).post?.score).toBe(1);
    const other = await write(world.opaque(await member()));
    await expect(posts.upvotePost({ id: other })).rejects.toMatchObject(denied('REQUEST_MISMATCH'));
  });

  it('reads nothing with the token of a vote', async () => {
    const { id, withVote } = await withTokensOf(await member());
    const { posts, users } = withVote;
    for (const read of [() => posts.getPost({ id }), () => users.listUsers({})])
      await expect(read()).rejects.toMatchObject(denied('TRANSACTION_MISMATCH', { allowed: 'reputable.post.v1.PostService/UpvotePost' }));
  });

  it('creates no second post with the token of a post', async () => {
    const { withCreate } = await withTokensOf(await member());
    const { posts } = withCreate;
    await expect(posts.createPost({ title: 'A title', body: 'A body' })).rejects.toMatchObject(denied('TRANSACTION_USED'));
    await expect(posts.createPost({ title: 'Stolen', body: 'Stolen' })).rejects.toMatchObject(denied('TRANSACTION_USED'));
  });

  it('without transactions, does everything that the user may do', async () => {
    const stolen = await world.issuer.tokenFor(await member());
    const users = await world.client(UserService, user, { token: stolen });
    expect((await users.updateProfile({ displayName: 'Stolen' })).user?.displayName).toBe('Stolen');
  });
});
