import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { DescMethod, DescService } from '@bufbuild/protobuf';
import { Logger } from '@nestjs/common';
import { AuthenticatedUser, openClient, refuseUser, ruleOf, runInCall } from '@reputable/auth';
import { SCOPES, SERVICES } from '@reputable/contracts';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { CommentService } from '@reputable/contracts/comment/v1/comment';
import { PostService } from '@reputable/contracts/post/v1/post';
import { UserService } from '@reputable/contracts/user/v1/user';
import { aUser, eventually, PATIENCE, type TestService, type TestUser, TestWorld } from '@reputable/testing';
import { once } from 'node:events';
import { type Answer, asking, inTime } from './testing/ask.ts';

Logger.overrideLogger(false);

const UNKNOWN = '0199a0a0-0000-7000-8000-000000000000';

let world: TestWorld;
let ask: ReturnType<typeof asking>;
let gateway: TestService;
let services: Awaited<ReturnType<TestWorld['services']>>;

const author = aUser({ reputation: 200 });
const member = aUser({ reputation: 200 });
const newcomer = aUser();
const admin = aUser({ roles: ['ADMIN'] });

/** Sends a query of one field as a user, and returns the field. */
async function as(user: TestUser | undefined, query: string, variables: Record<string, unknown> = {}): Promise<Answer> {
  return ask(query, { variables, ...(user && { token: world.opaque(user) }) });
}

beforeAll(async () => {
  world = await TestWorld.shared();
  services = await world.services();
  gateway = await world.service('gateway');
  ask = asking(gateway.ports.http);
  const profiles = await world.client(UserService, services.user, { service: 'auth' });
  for (const [displayName, { id }] of Object.entries({ author, member, newcomer, admin }))
    await profiles.createProfile({ userId: id, displayName });
});

const POST =
  'id title body score myVote author { displayName } createdAt updatedAt comments { nodes { body score author { displayName } } }';

async function aPost(): Promise<string> {
  const { data } = await as(author, 'mutation { createPost(input: { title: "T", body: "B" }) { id } }');
  return (data?.createPost as { id: string }).id;
}

const up = Object.fromEntries(SERVICES.filter((name) => name !== 'gateway').map((name) => [name, 'up']));

const readiness = async ({ ports } = gateway) => {
  const response = await fetch(`http://127.0.0.1:${String(ports.http)}/health/ready`);
  return [response.status, await response.json()];
};

it('is ready when its services are', async () => {
  // On a busy machine a service can miss the second that it has for its answer.
  await eventually(async () => expect(await readiness()).toEqual([200, { status: 'up', services: up }]));
});

describe('a gateway that warms up', () => {
  const startCold = (settings: Record<string, string>) =>
    world.start('gateway', { ...gateway.settings, WARM_UP_MS: '2000', LOG_LEVEL: 'info', ...settings });
  /** The number of answered queries, when the warm-up is over. */
  const answeredBy = (cold: TestService) =>
    eventually(() => {
      const [, answered] = /"msg":"warmed up","answered":(\d+)/.exec(cold.log()) ?? [];
      expect(answered).toBeDefined();
      return Number(answered);
    });

  it('is not ready until it has answered queries of its own, and serves meanwhile', async () => {
    const cold = await startCold({});
    const [early, answer] = await Promise.all([readiness(cold), asking(cold.ports.http)('{ posts(first: 1) { nodes { id } } }')]);
    expect([early, answer.errors]).toEqual([[503, { status: 'starting' }], []]);
    expect(await answeredBy(cold)).toBeGreaterThan(5);
    await eventually(async () => expect(await readiness(cold)).toEqual([200, { status: 'up', services: up }]));
    await cold.stop();
  });

  it('ends the warm-up in time without an answer', async () => {
    const cold = await startCold({ POST_URL: '127.0.0.1:1', DEADLINE_MS: '500', WARM_UP_MS: '1000' });
    expect(await answeredBy(cold)).toBe(0);
    expect(await readiness(cold)).toMatchObject([503, { status: 'down', services: { post: 'down' } }]);
    await cold.stop();
  });
});

it('the path of an error has positions as numbers', async () => {
  await aPost();
  const { errors } = await as(undefined, '{ posts(first: 1) { nodes { comments(after: "x") { nodes { id } } } } }');
  expect(errors).toMatchObject([{ path: ['posts', 'nodes', 0, 'comments'], extensions: { reason: 'INVALID_FIELD' } }]);
});

describe('a post', () => {
  it('is written, read, changed and deleted', async () => {
    const written = await as(author, `mutation { createPost(input: { title: "Title", body: "Body" }) { ${POST} } }`);
    const now = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const post = {
      id: expect.any(String),
      title: 'Title',
      body: 'Body',
      score: 0,
      myVote: null,
      author: { displayName: 'author' },
      createdAt: now,
      updatedAt: now,
      comments: { nodes: [] },
    };
    expect(written).toMatchObject({ data: { createPost: post }, errors: [] });

    const { id } = written.data?.createPost as { id: string };
    const changed = await as(author, 'mutation($id: ID!, $input: UpdatePostInput!) { updatePost(id: $id, input: $input) { title body } }', {
      id,
      input: { title: 'New', body: null },
    });
    expect(changed).toMatchObject({ data: { updatePost: { title: 'New', body: 'Body' } }, errors: [] });

    expect(await as(author, 'mutation($id: ID!) { deletePost(id: $id) }', { id })).toMatchObject({ data: { deletePost: true } });
    expect(await as(undefined, 'query($id: ID!) { post(id: $id) { id } }', { id })).toMatchObject({ data: { post: null }, errors: [] });
  });

  it('is created once by requests with one idempotency key, and has comments that are, too', async () => {
    const create = 'mutation($input: CreatePostInput!) { createPost(input: $input) { id } }';
    const post = { title: 'T', body: 'B', idempotencyKey: UNKNOWN };
    const first = await as(author, create, { input: post });
    expect(await as(author, create, { input: post })).toMatchObject({ data: first.data, errors: [] });
    const reused = await as(author, create, { input: { ...post, title: 'Other' } });
    expect(reused.errors).toMatchObject([{ extensions: { code: 'ALREADY_EXISTS', reason: 'IDEMPOTENCY_KEY_REUSED' } }]);
    expect((await as(author, create, { input: { ...post, idempotencyKey: '' } })).errors).toMatchObject([
      { extensions: { reason: 'INVALID_FIELD', violations: [{ field: 'idempotencyKey' }] } },
    ]);
    const [none, absent] = [await as(author, create, { input: { ...post, idempotencyKey: null } }), await aPost()];
    expect(none.errors).toEqual([]);
    const postId = (first.data?.createPost as { id: string }).id;
    expect([(none.data?.createPost as { id: string }).id, absent]).not.toContain(postId);
    const input = { postId, body: 'Hm', idempotencyKey: UNKNOWN };
    const comment = () => as(member, 'mutation($input: CreateCommentInput!) { createComment(input: $input) { id } }', { input });
    const made = await comment();
    expect(made.errors).toEqual([]);
    expect(await comment()).toMatchObject({ data: made.data, errors: [] });
  });

  it('receives votes, and each user sees their own vote', async () => {
    const id = await aPost();
    const vote = async (mutation: string) =>
      (await as(member, `mutation($id: ID!) { ${mutation}(id: $id) { score myVote } }`, { id })).data?.[mutation];
    expect(await vote('upvotePost')).toEqual({ score: 1, myVote: 'UP' });
    expect(await vote('downvotePost')).toEqual({ score: -1, myVote: 'DOWN' });
    expect((await as(author, 'query($id: ID!) { post(id: $id) { score myVote } }', { id })).data).toEqual({
      post: { score: -1, myVote: null },
    });
    expect(await vote('retractVote')).toEqual({ score: 0, myVote: null });
  });

  it('has comments, which are written, voted on, changed and deleted', async () => {
    const postId = await aPost();
    const created = await as(
      member,
      'mutation($postId: ID!) { createComment(input: { postId: $postId, body: "Hm" }) { id body author { displayName } } }',
      { postId },
    );
    expect(created).toMatchObject({ data: { createComment: { body: 'Hm', author: { displayName: 'member' } } }, errors: [] });
    const { id } = created.data?.createComment as { id: string };
    const change = async (user: TestUser, mutation: string) => (await as(user, `mutation($id: ID!) { it: ${mutation} }`, { id })).data?.it;
    expect(await change(author, 'upvoteComment(id: $id) { score }')).toEqual({ score: 1 });
    expect(await change(author, 'retractCommentVote(id: $id) { score }')).toEqual({ score: 0 });
    expect(await change(member, 'updateComment(id: $id, input: { body: "Aha" }) { body }')).toEqual({ body: 'Aha' });
    expect(await change(member, 'deleteComment(id: $id)')).toBe(true);
  });

  it('lists by author', async () => {
    await aPost();
    const byAuthor = async (authorId: string) =>
      (await as(undefined, 'query($authorId: ID) { posts(authorId: $authorId) { nodes { author { displayName } } } }', { authorId })).data;
    expect(await byAuthor(author.id)).toMatchObject({ posts: { nodes: expect.arrayContaining([{ author: { displayName: 'author' } }]) } });
    expect(await byAuthor(member.id)).toEqual({ posts: { nodes: [] } });
  });
});

describe('a user', () => {
  it('is found by id, or null', async () => {
    const query = 'query($id: ID!) { user(id: $id) { displayName reputation roles suspended } }';
    expect(await as(undefined, query, { id: admin.id })).toMatchObject({
      data: { user: { displayName: 'admin', reputation: 1, roles: [], suspended: false } },
    });
    expect(await as(undefined, query, { id: UNKNOWN })).toMatchObject({ data: { user: null }, errors: [] });
  });

  it('is renamed', async () => {
    expect((await as(newcomer, 'mutation { updateProfile(input: { displayName: "Newcomer" }) { displayName } }')).data).toEqual({
      updateProfile: { displayName: 'Newcomer' },
    });
  });

  // More than once: from the second time on, the query is compiled.
  it.each([1, 2, 3])('is given and loses roles, by name (%d)', async () => {
    const change = async (mutation: string) =>
      (
        await as(admin, `mutation($id: ID!, $role: Role!) { it: ${mutation}(userId: $id, role: $role) { roles } }`, {
          id: member.id,
          role: 'MODERATOR',
        })
      ).data?.it;
    expect(await change('grantRole')).toEqual({ roles: ['MODERATOR'] });
    expect(await change('revokeRole')).toEqual({ roles: [] });
  });

  it('is suspended and reinstated', async () => {
    const id = { id: newcomer.id };
    expect((await as(admin, 'mutation($id: ID!) { suspendUser(userId: $id, reason: "Spam") { suspended } }', id)).data).toEqual({
      suspendUser: { suspended: true },
    });
    expect((await as(admin, 'mutation($id: ID!) { reinstateUser(userId: $id) { suspended } }', id)).data).toEqual({
      reinstateUser: { suspended: false },
    });
  });
});

describe('an error in a field', () => {
  it.each([
    [
      'an unknown id in a mutation',
      member,
      `mutation { it: upvotePost(id: "${UNKNOWN}") { id } }`,
      'NOT_FOUND',
      'POST_NOT_FOUND',
      { id: UNKNOWN },
    ],
    [
      'too little reputation',
      newcomer,
      `mutation { it: downvotePost(id: "${UNKNOWN}") { id } }`,
      'PERMISSION_DENIED',
      'REPUTATION_TOO_LOW',
      { required: '125', actual: '1' },
    ],
    [
      'a missing role',
      member,
      `mutation { it: grantRole(userId: "${UNKNOWN}", role: ADMIN) { id } }`,
      'PERMISSION_DENIED',
      'ROLE_MISSING',
      { required: 'ADMIN', actual: '' },
    ],
    [
      'nobody signed in',
      undefined,
      'mutation { it: createPost(input: { title: "T", body: "B" }) { id } }',
      'UNAUTHENTICATED',
      'TOKEN_MISSING',
      {},
    ],
  ])('%s: has code, reason and metadata', async (_what, user, query, code, reason, metadata) => {
    expect(await as(user, query)).toMatchObject({
      status: 200,
      data: null,
      errors: [{ message: expect.stringMatching(/\.$/), path: ['it'], extensions: { code, reason, metadata } }],
    });
  });

  it('names the invalid input fields as in the schema', async () => {
    const { errors } = await as(member, 'mutation { createComment(input: { postId: "x", body: "" }) { id } }');
    expect(errors[0]).toMatchObject({
      message: expect.stringContaining('postId: '),
      extensions: { code: 'INVALID_ARGUMENT', reason: 'INVALID_FIELD', violations: [{ field: 'postId' }, { field: 'body' }] },
    });
    expect((await as(undefined, '{ posts(after: "x") { nodes { id } } }')).errors[0]?.extensions.violations).toMatchObject([
      { field: 'after', description: 'Must be empty, or as the page before has it for the next page.' },
    ]);
    expect((await as(undefined, '{ post(id: "x") { id } }')).errors[0]?.extensions.violations).toMatchObject([{ field: 'id' }]);
  });

  it('does not affect other fields', async () => {
    expect(await as(undefined, `{ a: user(id: "x") { id } b: user(id: "${member.id}") { displayName } }`)).toMatchObject({
      data: { a: null, b: { displayName: 'member' } },
      errors: [{ path: ['a'] }],
    });
  });
});

it('never mixes up the users of interleaved requests (P4)', async () => {
  const people = [author, member, admin];
  const tokens = people.map((user) => world.opaque(user));
  for (let round = 0; round < 10; round += 1) {
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const token = tokens[i % 3] as string;
        const { data } = await inTime(() => ask('{ me { id } posts(first: 1) { nodes { author { id } } } }', { token }));
        return data?.me;
      }),
    );
    expect(answers).toEqual(answers.map((_, i) => ({ id: people[i % 3]?.id })));
  }
});

describe('a service that hangs', () => {
  const HANGS = 'SIGSTOP';
  const LIST = '{ posts(first: 10) { nodes { title author { id } comments { nodes { author { id } } } } } }';
  let replica: TestService;
  let hasty: TestService;
  let askHasty: typeof ask;

  beforeAll(async () => {
    replica = await world.startWith('post', { ...services.post.settings, GRPC_PORT: '0', SHUTDOWN_DELAY_MS: '1000' });
    const POST_URL = `ipv4:${[replica, services.post].map(({ ports }) => `127.0.0.1:${String(ports.grpc)}`).join(',')}`;
    hasty = await world.start('gateway', { ...gateway.settings, DEADLINE_MS: '1000', POST_URL });
    askHasty = asking(hasty.ports.http);
    await aPost();
  });

  afterAll(() => hasty.stop());
  afterEach(() => {
    services.user.process.kill('SIGCONT');
    replica.process.kill('SIGCONT');
  });

  // More than once: from the second time on, the query is compiled.
  it.each([1, 2, 3])('fails after DEADLINE_MS with its name (%d)', async () => {
    await inTime(() => askHasty(LIST));
    services.user.process.kill(HANGS);
    const started = Date.now();
    const { data, errors } = await askHasty(LIST);
    expect(Date.now() - started).toBeGreaterThan(900);
    expect(Date.now() - started).toBeLessThan(PATIENCE * 1_000);
    expect(data).toBeNull();
    expect(errors).toMatchObject([
      { extensions: { code: 'DEADLINE_EXCEEDED', reason: 'DEADLINE_EXCEEDED', metadata: { service: 'user' } } },
    ]);
  });

  it('gets no more calls after some seconds, if another replica serves', async () => {
    const read = async () => (await askHasty('{ posts(first: 1) { nodes { id } } }')).errors.length === 0;
    await inTime(() => askHasty(LIST));
    replica.process.kill(HANGS);
    const hungAt = performance.now();
    const outcomes: { served: boolean; ms: number }[] = [];
    // As many successes in a row are no chance: the replica has half of the calls.
    while (!outcomes.slice(-20).every(({ served }) => served) || outcomes.length < 20) {
      outcomes.push({ served: await read(), ms: performance.now() - hungAt });
    }
    const failed = outcomes.filter(({ served }) => !served);
    expect(failed).not.toEqual([]);
    expect(Math.max(...failed.map(({ ms }) => ms))).toBeLessThan(PATIENCE * 6_000);
  });

  it('is reported as not ready without a long wait', async () => {
    services.user.process.kill(HANGS);
    await eventually(async () => expect(await readiness()).toEqual([503, { status: 'down', services: { ...up, user: 'down' } }]));
  });

  it('does not prevent the gateway from being ready if it is one replica of two, nor does one that stops', async () => {
    const isReady = async () => (await fetch(`http://127.0.0.1:${String(hasty.ports.http)}/health/ready`)).status === 200;
    await eventually(async () => expect(await isReady()).toBe(true));
    replica.process.kill(HANGS);
    const outcomes = [await isReady()];
    replica.process.kill('SIGCONT');
    const stopped = once(replica.process, 'exit');
    replica.process.kill('SIGTERM');
    while (replica.process.exitCode === null) outcomes.push(await isReady());
    await stopped;
    outcomes.push(await isReady());
    expect(new Set(outcomes)).toEqual(new Set([true]));
  });

  it('does not prevent the gateway from answering before it stops (A21)', async () => {
    const stopping = await world.start('gateway', gateway.settings);
    const askStopping = asking(stopping.ports.http);
    await askStopping(LIST);
    services.user.process.kill(HANGS);
    const answers = Promise.all(Array.from({ length: 5 }, () => askStopping(LIST)));
    // The requests reach the service. They have ten times as long.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const stopped = stopping.stop();
    services.user.process.kill('SIGCONT');
    expect((await answers).flatMap(({ errors }) => errors)).toEqual([]);
    await stopped;
    expect(stopping.process.exitCode).toBe(0);
  });
});

describe('early refusal does not change the error (P7)', () => {
  const contracts: DescService[] = [AuthService, UserService, PostService, CommentService];
  const people = {
    nobody: undefined,
    newcomer,
    'a member': aUser({ reputation: 124 }),
    'an admin': admin,
    'a moderator': aUser({ roles: ['MODERATOR'] }),
  };
  /** The client sends nothing, so no service checks the token. */
  const NO_TOKEN = { authorization: '', issuedAt: 0, expiresAt: Infinity, freshUntil: Infinity };
  const userOf = ({ id, roles, reputation }: TestUser) =>
    new AuthenticatedUser({ id, roles, reputation, scopes: SCOPES, sessionId: '', clientId: '' });
  const cases = contracts.flatMap(({ methods }) =>
    methods
      .filter((method) => ruleOf(method).callers.includes('gateway'))
      .flatMap((method) =>
        Object.entries(people)
          .filter(([, user]) => refuseUser(ruleOf(method), user && userOf(user)))
          .map(([who, user]) => [`${method.parent.name}.${method.name}`, who, method, user] as const),
      ),
  );

  const outcome = async (call: Promise<unknown>) => {
    const { code, reason, message, metadata, domain, violations } = await call.then(
      () => {
        throw new Error('The call was not refused.');
      },
      (error: unknown) => error as Record<string, unknown>,
    );
    return { code, reason, message, metadata, domain, violations };
  };

  const call = (client: object, method: DescMethod) =>
    (client as Record<string, (request: object) => Promise<unknown>>)[method.localName]?.({}) ?? Promise.resolve();

  it('covers every rpc with a rule', () => {
    expect(new Set(cases.map(([name]) => name)).size).toBe(
      contracts.flatMap(({ methods }) => methods).filter((method) => ruleOf(method).who === 'signedIn').length,
    );
  });

  it.each(cases)('%s by %s', async (_name, _who, method, user) => {
    const contract = method.parent;
    const service = contract.file.proto.package.split('.')[1] ?? '';
    const late = await world.client(contract, services[service as keyof typeof services], { user });
    const early = openClient({ contract, service, url: 'localhost:1', refuseEarly: true }, await world.certificate('gateway'));
    const context = { user: user && userOf(user), peer: undefined, token: user && { ...NO_TOKEN, user: userOf(user) }, deadline: Infinity };
    expect(await outcome(runInCall(context, () => call(early.client, method)))).toEqual(await outcome(call(late, method)));
    early.close();
  });
});
