import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GRPC_SERVICES, SERVICES } from '@reputable/contracts/registry';
import { openSecrets, PORT_SETTINGS, type Ports, Person, type Refused, seed, startSystem, type System } from '@reputable/dev';
import { denied, eventually, PATIENCE, PATIENT, query, TokenProbe } from '@reputable/testing';
import { decodeProtectedHeader } from 'jose';
import { exec, execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { runCollection } from './http-collection.ts';
import { everywhere } from './outcome.ts';
import { callPost } from '@reputable/playground/direct-call';
import type { Collector, Trace } from '@reputable/collector';
import { alerts, labelsIn, panels, withoutVariables } from './metric/observability-files.ts';
import { namedIn, unknownIn } from './metric/promql.ts';
import { metricsIn } from './metric/scrape.ts';
import { checksOf, outline, TracedRequests } from './traced-requests.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Ends a service that imports a package which it does not need, at its start or in any of these journeys. */
const REFUSE_UNNEEDED = fileURLToPath(new URL('unneeded-modules.fixture.js', import.meta.url));

/** The limit for a vote to change its author's permissions, in milliseconds. `npm run bench -- claims` measures the real time. */
const FRESH_MS = 3_000;

let system: System;
let probe: TokenProbe;
let requests: TracedRequests;
const crashes: Error[] = [];
const lines: string[] = [];
beforeAll(async () => {
  const nodeOptions = Object.fromEntries(SERVICES.map((name) => [name, ['--import', REFUSE_UNNEEDED]]));
  const env = { all: { LOG_LEVEL: 'warn', NODE_ENV: 'production', ...PATIENT, METRICS_PORT: '0' } };
  system = await startSystem({
    env,
    nodeOptions,
    withCollector: true,
    withPlayground: true,
    log: (_, line) => lines.push(line),
    onCrash: (error) => crashes.push(error),
  });
  requests = new TracedRequests(system.collector as Collector, system.urls.graphql);
  probe = await TokenProbe.open(system);
});
afterAll(async () => {
  probe.close();
  await system.stop();
  expect(crashes).toEqual([]);
});

/** Users with 31 reputation. They register one by one: the gateway refuses those who would wait for longer than a second. */
async function members(count: number): Promise<Person[]> {
  const joined: Person[] = [];
  while (joined.length < count) joined.push(await Person.join(system, 'Member', { upvotes: 3 }));
  return joined;
}

/** The settings of the ports, for a command that looks for the system of `npm start`. */
const portSettings = ({ ports }: System): Record<string, string> =>
  Object.fromEntries(Object.entries(PORT_SETTINGS).map(([name, [setting]]) => [setting, String(ports[name as keyof Ports])]));

/** The result and the duration in milliseconds. */
async function timed(act: Promise<unknown>): Promise<{ error: Refused | undefined; ms: number }> {
  const began = performance.now();
  const error = await act.then(
    () => undefined,
    (failure: unknown) => failure as Refused,
  );
  return { error, ms: performance.now() - began };
}

it('a script with a personal access token has its scopes only, and is refused everywhere after its revocation (P20)', async () => {
  const [ada, carol] = await members(2);
  const [post, { id, token }] = [await carol?.write('A post'), (await ada?.createToken('Voter', 'votes:write')) ?? { id: '', token: '' }];
  const headers = { 'content-type': 'application/json', authorization: `Basic ${Buffer.from(`ada:${token}`).toString('base64')}` };
  const body = JSON.stringify({ query: `mutation { upvotePost(id: "${post ?? ''}") { score } }` });
  const voted = await fetch(system.urls.graphql, { method: 'POST', headers, body });
  expect(await voted.json()).toEqual({ data: { upvotePost: { score: 1 } } });
  const scopes = { required: 'posts:write', actual: 'votes:write' };
  const write = () => ada?.api.ask('mutation { createPost(input: { title: "A", body: "B" }) { id } }', {}, token);
  await expect(write()).rejects.toMatchObject(denied('SCOPE_MISSING', scopes));
  const signed = await probe.exchange(token);
  await expect(callPost(system, 'DeletePost', { id: post }, { token: signed })).rejects.toMatchObject(denied('SCOPE_MISSING', scopes));
  await ada?.ask('mutation ($id: ID!) { revokePersonalAccessToken(id: $id) }', { id });
  await eventually(() => expect(write()).rejects.toMatchObject(denied('TOKEN_REVOKED')), FRESH_MS);
  for (const service of GRPC_SERVICES)
    await eventually(async () => expect(await probe.show(service, signed)).toBe('TOKEN_REVOKED'), FRESH_MS);
  expect(await ada?.me()).toMatchObject({ id: ada?.id });
});

it('npm run call calls an rpc as a demo account, and prints the response or the refusal', async () => {
  const { postId } = await seed(system);
  const env = { ...process.env, REPUTABLE_DATA: system.dataDir, ...portSettings(system) };
  const call = (...args: string[]) =>
    promisify(execFile)(process.execPath, ['--import', '@reputable/run', 'tools/dev/src/call/main.ts', ...args], { cwd: ROOT, env });
  const request = JSON.stringify({ id: postId });
  const { stdout } = await call('post', 'UpvotePost', request, '--as', 'member');
  expect(JSON.parse(stdout)).toMatchObject({ post: { id: postId, score: 1, myVote: 'VOTE_UP' } });
  const refusal = 'REPUTATION_TOO_LOW (PERMISSION_DENIED): This needs 15 reputation; you have 1. {"required":"15","actual":"1"}\n';
  await expect(call('post', 'UpvotePost', request, '--as', 'newcomer')).rejects.toMatchObject({ code: 1, stdout: '', stderr: refusal });
  const peer = expect.stringMatching(/^CALLER_NOT_ALLOWED .* this call comes from user\..*\n$/);
  await expect(call('post', 'ListPosts', '--from', 'user')).rejects.toMatchObject({ code: 1, stderr: peer });
});

it('the requests of docs/http-api.http have the answers in their titles', async () => {
  const member = await Person.join(system, 'Member');
  const collection = await readFile(join(ROOT, 'docs/http-api.http'), 'utf8');
  const results = await runCollection(collection, { origin: new URL(system.urls.graphql).origin, ...member.credentials });
  expect(results.map(({ title, status }) => `${title}: ${status}`)).toEqual(results.map(({ title, expected }) => `${title}: ${expected}`));
  expect(results).toHaveLength(collection.match(/^### /gm)?.length ?? 0);
});

it('the commands of docs/production.md have the output in its last column', async () => {
  const [, checklist = ''] = (await readFile(join(ROOT, 'docs/production.md'), 'utf8')).split(/^## /m);
  const rows = checklist.split('\n').filter((line) => /^\|.*\| `/.test(line));
  const options = { cwd: ROOT, env: { ...process.env, DATABASE_URL: undefined, REPUTABLE_DATA: system.dataDir } };
  const { gateway, authHttp } = system.ports;
  const run = async (row: string) => {
    const [command = '', output = ''] = row
      .split('|')
      .slice(3)
      .map((cell) => cell.trim());
    const here = command
      .slice(1, -1)
      .replace('localhost:3000', `localhost:${String(gateway)}`)
      .replace('localhost:3001', `localhost:${String(authHttp)}`);
    const { stdout } = await promisify(exec)(here, options);
    for (const [, part = ''] of output.matchAll(/`([^`]+)`/g)) expect(`${command}\n${stdout}`).toContain(part);
  };
  await Promise.all(rows.map(run));
  expect(rows).toHaveLength(10);
});

it('earns a permission by votes, with the same token, and becomes a moderator (P15)', async () => {
  const [ada, carol, mo] = await Promise.all([
    Person.join(system, 'Ada'),
    Person.join(system, 'Carol', { upvotes: 12 }),
    Person.join(system, 'Mo', { roles: ['MODERATOR'] }),
  ]);
  const question = await ada.write('A question');
  const answer = await carol.write('An answer');
  await expect(ada.upvote(answer)).rejects.toMatchObject(denied('REPUTATION_TOO_LOW', { required: '15', actual: '1' }));
  await expect(ada.comment(answer, 'Thank you')).rejects.toMatchObject(denied('REPUTATION_TOO_LOW', { required: '50', actual: '1' }));
  const remark = await ada.comment(question, 'On my own post');
  await carol.comment(question, "On another's");

  expect(await carol.upvote(question)).toBe(1);
  expect(await carol.upvote(question)).toBe(1);
  expect(await carol.upvoteComment(remark)).toBe(1);
  expect(await carol.upvote(await ada.write('Another question'))).toBe(1);
  // With her first token.
  await eventually(async () => {
    expect(await ada.upvote(answer)).toBe(1);
  }, FRESH_MS);
  expect(await ada.me()).toMatchObject({ reputation: 23 });
  await expect(ada.upvote(question)).rejects.toMatchObject(denied('OWN_POST'));

  const page = '($id: ID!) { post(id: $id) { title score author { displayName } comments { nodes { body author { displayName } } } } }';
  expect(await mo.ask(`query ${page}`, { id: question })).toEqual({
    post: {
      title: 'A question',
      score: 1,
      author: { displayName: 'Ada' },
      comments: {
        nodes: [
          { body: 'On my own post', author: { displayName: 'Ada' } },
          { body: "On another's", author: { displayName: 'Carol' } },
        ],
      },
    },
  });
  const remove = 'mutation ($id: ID!) { deletePost(id: $id) }';
  await expect(carol.ask(remove, { id: question })).rejects.toMatchObject(denied('NOT_YOUR_POST'));
  await mo.ask(remove, { id: question });
  expect(await ada.ask(`query ${page}`, { id: question })).toEqual({ post: null });
  await expect(carol.upvote(question)).rejects.toMatchObject(denied('POST_NOT_FOUND'));

  await ada.ask('mutation { logOut }');
  await expect(ada.refresh()).rejects.toMatchObject(denied('REFRESH_TOKEN_INVALID'));
});

it('refuses a suspended user, and accepts them after reinstatement', async () => {
  const [spammer, admin] = await Promise.all([Person.join(system, 'Spammer'), Person.join(system, 'Root', { roles: ['ADMIN'] })]);
  await admin.ask('mutation ($id: ID!) { suspendUser(userId: $id, reason: "Spam.") { suspended } }', { id: spammer.id });
  await expect(spammer.refresh()).rejects.toMatchObject({ code: 'PERMISSION_DENIED', ...denied('USER_SUSPENDED') });
  await expect(spammer.logIn()).rejects.toMatchObject({ code: 'PERMISSION_DENIED', ...denied('USER_SUSPENDED') });
  await admin.ask('mutation ($id: ID!) { reinstateUser(userId: $id) { suspended } }', { id: spammer.id });
  await spammer.logIn();
});

describe('a trace', () => {
  const NESTED = 'query ($id: ID!) { post(id: $id) { title author { displayName } comments { nodes { body author { displayName } } } } }';
  const VOTE = 'mutation ($id: ID!) { upvotePost(id: $id) { score } }';
  const EXCHANGE = [
    '  gateway internal authenticate allow as the user',
    '    gateway client reputable.auth.v1.AuthService/ExchangeToken',
    '      auth server reputable.auth.v1.AuthService/ExchangeToken from spiffe://reputable.local/gateway allow',
    '        auth client reputable.user.v1.UserService/GetClaims',
    '          user server reputable.user.v1.UserService/GetClaims from spiffe://reputable.local/auth allow',
  ];
  let author: Person;
  let postId: string;
  const traced: Trace[] = [];

  /** Waits until the trace is complete. */
  async function expectTrace(found: () => Trace, lines: readonly string[]): Promise<Trace> {
    await eventually(() => {
      expect(outline(found())).toEqual(lines);
    }, FRESH_MS);
    traced.push(found());
    return found();
  }

  beforeAll(async () => {
    author = await Person.join(system, 'Author');
    postId = await author.write('A traced post');
    await author.comment(postId, 'A traced comment');
  });

  it('has a nested query at all five services, with the peer of each call', async () => {
    const reader = await Person.join(system, 'Reader');
    const found = await requests.send(NESTED, { id: postId }, reader.token);
    const { spans } = await expectTrace(found, [
      'gateway server POST /graphql',
      ...EXCHANGE,
      '  gateway client reputable.comment.v1.CommentService/BatchListComments',
      '    comment server reputable.comment.v1.CommentService/BatchListComments from spiffe://reputable.local/gateway allow as the user',
      '  gateway client reputable.post.v1.PostService/GetPost',
      '    post server reputable.post.v1.PostService/GetPost from spiffe://reputable.local/gateway allow as the user',
      '  gateway client reputable.user.v1.UserService/BatchGetUsers',
      '    user server reputable.user.v1.UserService/BatchGetUsers from spiffe://reputable.local/gateway allow as the user',
    ]);
    const [request] = spans;
    expect(request?.attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.route': '/graphql',
      'http.response.status_code': 200,
      'graphql.operation.type': 'query',
      'reputable.graphql.fields': ['post'],
    });
    expect(spans.find(({ service, kind }) => service === 'comment' && kind === 'server')?.attributes).toMatchObject({
      'rpc.system.name': 'grpc',
      'rpc.method': 'reputable.comment.v1.CommentService/BatchListComments',
      'rpc.response.status_code': 'OK',
      'reputable.user': reader.id,
      'reputable.rule': 'anyone; callers: gateway',
      'reputable.token.kind': 'jwt',
      'reputable.token.audience': expect.stringMatching(/\bcomment\b/),
      'reputable.token.issuer': system.urls.issuer,
      'reputable.token.seconds_left': expect.any(Number),
    });
  });

  it('has a vote, its delivery by the outbox, and the announcement of the new claims', async () => {
    const voter = await Person.join(system, 'Voter', { upvotes: 2 });
    const found = await requests.send(VOTE, { id: postId }, voter.token);
    const { spans } = await expectTrace(found, [
      'gateway server POST /graphql',
      ...EXCHANGE,
      '  gateway client reputable.post.v1.PostService/UpvotePost',
      '    post server reputable.post.v1.PostService/UpvotePost from spiffe://reputable.local/gateway allow as the user',
      '      post producer send reputation',
      '        post consumer process reputation',
      '          post client reputable.user.v1.UserService/ApplyReputation',
      '            user server reputable.user.v1.UserService/ApplyReputation from spiffe://reputable.local/post allow',
      '              user producer send claims',
      '                user consumer process claims',
      '                  user client reputable.auth.v1.AuthService/AnnounceClaims',
      '                    auth server reputable.auth.v1.AuthService/AnnounceClaims from spiffe://reputable.local/user allow',
    ]);
    const vote = spans.find(({ service, kind }) => service === 'post' && kind === 'server');
    expect(vote && checksOf(vote)).toEqual(['peer pass', 'token pass', 'user pass', 'reputation pass', 'scope pass']);
    const statements = spans.filter(({ parentId }) => parentId === vote?.spanId).map(({ name }) => name);
    // Spans start at whole milliseconds, so their order is not known.
    expect(statements.toSorted()).toEqual(['COMMIT', 'INSERT vote_count', 'SELECT post', 'START', 'WITH', 'send reputation']);
  });

  it('has the refusal of a call at the gateway, and of the same call without the gateway', async () => {
    const newcomer = await Person.join(system, 'Newcomer');
    await expectTrace(await requests.send(VOTE, { id: postId }, newcomer.token), [
      'gateway server POST /graphql',
      ...EXCHANGE,
      '  gateway internal refuse reputable.post.v1.PostService/UpvotePost refuse REPUTATION_TOO_LOW as the user',
    ]);
    const token = await probe.signed(newcomer.token);
    await expect(callPost(system, 'UpvotePost', { id: postId }, { token })).rejects.toMatchObject(denied('REPUTATION_TOO_LOW'));
    const isRefused =
      (reason: string, user?: string) =>
      ({ kind, name, service, attributes }: Trace['spans'][number]) =>
        kind === 'server' &&
        service === 'post' &&
        name.endsWith('/UpvotePost') &&
        attributes['reputable.reason'] === reason &&
        (user === undefined || attributes['reputable.user'] === user);
    const refused = await expectTrace(
      () => requests.find(isRefused('REPUTATION_TOO_LOW', newcomer.id)),
      ['post server reputable.post.v1.PostService/UpvotePost from spiffe://reputable.local/gateway refuse REPUTATION_TOO_LOW as the user'],
    );
    expect(refused.spans[0] && checksOf(refused.spans[0])).toEqual([
      'peer pass',
      'token pass',
      'user pass',
      'reputation REPUTATION_TOO_LOW',
    ]);
    expect(refused.spans[0]?.attributes).toMatchObject({ 'rpc.response.status_code': 'PERMISSION_DENIED', 'reputable.user': newcomer.id });

    await expect(callPost(system, 'UpvotePost', { id: postId }, { token: `${token}x` })).rejects.toMatchObject(denied('TOKEN_INVALID'));
    await expectTrace(
      () => requests.find(isRefused('TOKEN_INVALID')),
      ['post server reputable.post.v1.PostService/UpvotePost from spiffe://reputable.local/gateway refuse TOKEN_INVALID'],
    );
    await expect(callPost(system, 'UpvotePost', { id: postId }, { token, service: 'comment' })).rejects.toMatchObject(
      denied('CALLER_NOT_ALLOWED'),
    );
    await expectTrace(
      () => requests.find(isRefused('CALLER_NOT_ALLOWED')),
      ['post server reputable.post.v1.PostService/UpvotePost from spiffe://reputable.local/comment refuse CALLER_NOT_ALLOWED'],
    );
  });

  it('has the refusal by a rule of the row', async () => {
    const member = await Person.join(system, 'Member', { upvotes: 2 });
    const found = await requests.send('mutation ($id: ID!) { deletePost(id: $id) }', { id: postId }, member.token);
    await expectTrace(found, [
      'gateway server POST /graphql',
      ...EXCHANGE,
      '  gateway client reputable.post.v1.PostService/DeletePost',
      '    post server reputable.post.v1.PostService/DeletePost from spiffe://reputable.local/gateway refuse NOT_YOUR_POST as the user',
    ]);
  });

  it('is named by the log lines of its request', async () => {
    const refused = traced.flatMap(({ traceId, spans }) => (spans[0]?.kind === 'server' && spans[0].service === 'post' ? [traceId] : []));
    expect(refused).toHaveLength(3);
    await eventually(() => {
      expect(refused.filter((traceId) => !lines.some((line) => line.includes(`"trace_id":"${traceId}","span_id":"`)))).toEqual([]);
    });
  });

  it('is named by the audit events of its request, of auth and of the user service', async () => {
    const admin = await Person.join(system, 'Root', { roles: ['ADMIN'] });
    const suspend = 'mutation ($id: ID!) { suspendUser(userId: $id, reason: "Spam.") { suspended } }';
    const sent = [
      await requests.send(suspend, { id: author.id }, admin.token),
      await requests.send('mutation { logOut }', {}, admin.token),
    ];
    const typesOf = (traceId: string) =>
      query<{ type: string }>(system.databaseUrl('auth'), 'SELECT DISTINCT type FROM audit_event WHERE trace_id = $1 ORDER BY type', [
        traceId,
      ]);
    await eventually(async () => {
      const types = await Promise.all(sent.map((found) => typesOf(found().traceId)));
      expect(types.map((events) => events.map(({ type }) => type))).toEqual([['user_suspended'], ['log_out']]);
    });
  });

  it('contains no token, address or password', () => {
    const text = JSON.stringify(requests.collector.traces.changesAfter(0));
    expect(text).toContain(author.id);
    expect(text).not.toMatch(/eyJ[\w-]*\.eyJ|@example\.com|correct horse|A traced/);
    expect(text).not.toContain(author.token);
  });
});

describe('a direct call', () => {
  it('is refused with the same error as at the gateway (P1, P7)', async () => {
    const [newcomer, member] = await Promise.all([Person.join(system, 'Ben'), Person.join(system, 'Dave', { upvotes: 3 })]);
    const id = await member.write('A post');
    for (const [rpc, field] of [
      ['UpvotePost', 'upvotePost(id: $id) { id }'],
      ['DeletePost', 'deletePost(id: $id)'],
    ] as const) {
      const atTheGateway = await timed(newcomer.ask(`mutation ($id: ID!) { ${field} }`, { id }));
      const { reason, metadata, message } = atTheGateway.error as Refused;
      const token = await probe.signed(newcomer.token);
      await expect(callPost(system, rpc, { id }, { token })).rejects.toMatchObject({ reason, metadata, message });
    }
    await expect(callPost(system, 'UpvotePost', { id }, {})).rejects.toMatchObject(denied('TOKEN_MISSING'));
    const asComment = callPost(system, 'UpvotePost', { id }, { service: 'comment', token: await probe.signed(member.token) });
    await expect(asComment).rejects.toMatchObject(denied('CALLER_NOT_ALLOWED', { caller: 'comment', allowed: 'gateway' }));
    await callPost(system, 'GetPost', { id }, { service: 'comment' });
  });

  it('with an opaque token is refused, as is a JWT at the gateway', async () => {
    const { token } = await Person.join(system, 'Ben');
    const signed = await probe.signed(token);
    for (const place of probe.places) {
      const own = place === 'gateway' ? token : signed;
      expect(await probe.show(place, own)).toBe('yes');
      expect(await probe.show(place, own === token ? signed : token)).toBe('TOKEN_INVALID');
    }
  });
});

describe("a user's identity", () => {
  const claims = (id: string) => ({ 'x-user-id': id, 'x-roles': 'ADMIN', 'x-reputation': '9999', 'x-forwarded-user': id });

  it('comes from the token only (A7)', async () => {
    const [ben, admin] = await Promise.all([Person.join(system, 'Ben'), Person.join(system, 'Root', { roles: ['ADMIN'] })]);
    const id = await admin.write('A post');
    const response = await fetch(system.urls.graphql, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${ben.token}`, ...claims(admin.id) },
      body: JSON.stringify({ query: '{ me { id roles reputation } }' }),
    });
    expect(await response.json()).toEqual({ data: { me: { id: ben.id, roles: [], reputation: 1 } } });
    const straight = callPost(system, 'DeletePost', { id }, { token: await probe.signed(ben.token), headers: claims(admin.id) });
    await expect(straight).rejects.toMatchObject(denied('NOT_YOUR_POST'));
    await expect(callPost(system, 'DeletePost', { id }, { headers: claims(admin.id) })).rejects.toMatchObject(denied('TOKEN_MISSING'));
  });

  it('cannot be set by input fields (A12)', async () => {
    const ben = await Person.join(system, 'Ben');
    const id = await ben.write('A post');
    const update = 'mutation ($id: ID!, $input: UpdatePostInput!) { updatePost(id: $id, input: $input) { id } }';
    const rename = 'mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { id } }';
    const input = { score: 99, authorId: ben.id };
    await expect(ben.ask(update, { id, input: { title: 'Mine', ...input } })).rejects.toMatchObject(denied('QUERY_INVALID'));
    for (const field of ['role', 'roles', 'reputation', 'id']) {
      const attempt = ben.ask(rename, { input: { displayName: 'Benjamin', [field]: 'ADMIN' } });
      await expect(attempt).rejects.toMatchObject(denied('QUERY_INVALID'));
    }
    expect(await ben.me()).toEqual({ id: ben.id, displayName: ben.displayName, reputation: 1, roles: [] });
    expect(await ben.ask('query ($id: ID!) { post(id: $id) { title score } }', { id })).toEqual({ post: { title: 'A post', score: 0 } });
  });
});

describe('keys', () => {
  it('are rotated under load, with no valid token refused (P2)', async () => {
    const people = await members(4);
    /** The latest token of each key. */
    const signed = new Map<string, string>();
    const load = new AbortController();
    const busy = people.map(async (person) => {
      let rounds = 0;
      for (; !load.signal.aborted; rounds += 1) {
        await person.refresh();
        expect(await probe.everywhere(person.token)).toEqual(everywhere('yes'));
        const token = await probe.signed(person.token);
        signed.set(keyOf(token), token);
      }
      return rounds;
    });
    await sleep(300);
    const env = {
      PATH: process.env['PATH'],
      DATABASE_URL: system.databaseUrl('auth'),
      KEY_ENCRYPTION_KEY: (await openSecrets(system.dataDir)).KEY_ENCRYPTION_KEY,
    };
    await promisify(execFile)(process.execPath, ['--import', '@reputable/run', 'apps/auth/src/keys.cli.ts', 'rotate'], { cwd: ROOT, env });
    await eventually(() => {
      expect(signed.size).toBe(2);
    }, 20_000);
    load.abort();
    for (const rounds of await Promise.all(busy)) expect(rounds).toBeGreaterThan(2);
    for (const token of signed.values()) {
      for (const service of GRPC_SERVICES) expect(await probe.show(service, token)).toBe('yes');
    }
  });

  it('stay cached while auth is down: tokens in use stay valid, and none are issued (P2)', async () => {
    const [member, late] = (await members(2)) as [Person, Person];
    const id = await member.write('A post');
    // A token that no service has cached.
    const token = await probe.exchange(member.token);
    await system.kill('auth');
    try {
      await callPost(system, 'GetPost', { id }, { token });
      expect(await member.me()).toMatchObject({ id: member.id, reputation: 31 });
      // Nobody has used the last user's token yet, so the gateway cannot exchange it.
      for (const attempt of [() => member.refresh(), () => member.logIn(), () => Person.join(system, 'Late'), () => late.me()]) {
        const { error, ms } = await timed(attempt());
        expect(error).toMatchObject({
          code: 'UNAVAILABLE',
          message: 'The auth service cannot be reached. Try again.',
          ...denied('SERVICE_UNAVAILABLE', { service: 'auth' }),
        });
        expect(ms).toBeLessThan(PATIENCE * 2_500);
      }
    } finally {
      await system.restart('auth');
    }
    await eventually(() => member.refresh());
    expect(await late.me()).toMatchObject({ id: late.id });
  });
});

const keyOf = (token: string) => decodeProtectedHeader(token).kid ?? '';

describe('a service that is down', () => {
  it('fails only its own fields, within the deadline, and is called again after its restart', async () => {
    const [member] = (await members(1)) as [Person];
    const id = await member.write('A post');
    await system.kill('comment');
    const { error, ms } = await timed(member.comment(id, 'A comment'));
    expect(error).toMatchObject({ code: 'UNAVAILABLE', ...denied('SERVICE_UNAVAILABLE', { service: 'comment' }) });
    expect(ms).toBeLessThan(PATIENCE * 2_500);
    expect(await member.ask('query ($id: ID!) { post(id: $id) { title author { id } } }', { id })).toMatchObject({
      post: { title: 'A post', author: { id: member.id } },
    });
    await system.restart('comment');
    await eventually(() => member.comment(id, 'A comment'));
  });

  it('fails in time if it hangs', async () => {
    const [member] = (await members(1)) as [Person];
    await system.kill('post', 'SIGSTOP');
    try {
      const { error, ms } = await timed(member.write('A post'));
      expect(error).toMatchObject({ code: 'DEADLINE_EXCEEDED', metadata: { service: 'post' } });
      expect(ms).toBeLessThan(PATIENCE * 2_500);
    } finally {
      await system.kill('post', 'SIGCONT');
    }
    await eventually(() => member.write('A post'));
  });
});

it('loses no vote and counts none twice if the user service is killed and restarted during voting (A14)', async () => {
  const author = await Person.join(system, 'Author');
  const voters = await members(16);
  const posts = await Promise.all([author.write('One'), author.write('Two')]);
  // Auth keeps the claims of these exchanges.
  await Promise.all(voters.map((voter) => voter.me()));
  const vote = (some: Person[]) => Promise.all(some.flatMap((voter) => posts.map((id) => voter.upvote(id))));
  const first = vote(voters.slice(0, 8));
  await system.kill('user');
  await first;
  await vote(voters.slice(8));
  const scores = 'query ($id: ID!) { post(id: $id) { score } }';
  for (const id of posts) expect(await author.ask(scores, { id })).toEqual({ post: { score: 16 } });
  await system.restart('user');

  const outstanding = "SELECT FROM pgboss.job WHERE name = 'reputation' AND state <> 'completed'";
  await eventually(async () => {
    expect(await query(system.databaseUrl('post'), outstanding)).toHaveLength(0);
  }, 15_000);
  await eventually(async () => {
    expect(await author.me()).toMatchObject({ reputation: 1 + 10 * 32 });
  });
  const events = 'SELECT DISTINCT id FROM reputation_event WHERE user_id = $1';
  expect(await query(system.databaseUrl('user'), events, [author.id])).toHaveLength(32);
});

it('without the user service, members read and vote, and what was decided before stays in force', async () => {
  const [author, voter, spammer] = (await members(3)) as [Person, Person, Person];
  const moderator = await Person.join(system, 'Moderator', { roles: ['MODERATOR'] });
  const admin = await Person.join(system, 'Root', { roles: ['ADMIN'] });
  const id = await author.write('A post');
  // A first use during the outage needs an exchange.
  const script = await voter.createToken('Voter', 'votes:write', 'posts:read');
  for (const person of [spammer, moderator]) await person.me();
  await admin.ask('mutation ($id: ID!) { suspendUser(userId: $id, reason: "Spam.") { id } }', { id: spammer.id });
  await admin.ask('mutation ($id: ID!) { revokeRole(userId: $id, role: MODERATOR) { id } }', { id: moderator.id });
  await system.kill('user');
  const upvote = 'mutation ($id: ID!) { upvotePost(id: $id) { score } }';
  expect(await voter.api.ask(upvote, { id }, script.token)).toEqual({ upvotePost: { score: 1 } });
  await expect(spammer.upvote(id)).rejects.toMatchObject(denied('SERVICE_UNAVAILABLE'));
  const remove = moderator.ask('mutation ($id: ID!) { deletePost(id: $id) }', { id });
  await expect(remove).rejects.toMatchObject(denied('SERVICE_UNAVAILABLE'));
  const read = 'query ($id: ID!) { post(id: $id) { score myVote } }';
  expect(await voter.api.ask(read, { id }, script.token)).toEqual({ post: { score: 1, myVote: 'UP' } });
  for (const person of [spammer, moderator]) expect(await person.ask(read, { id })).toEqual({ post: { score: 1, myVote: null } });
  await system.restart('user');
  await eventually(async () => {
    expect(await moderator.me()).toMatchObject({ roles: [] });
    await expect(spammer.me()).rejects.toMatchObject(denied('USER_SUSPENDED'));
  });
});

describe('/metrics', () => {
  let text = '';

  const scrape = async () => {
    const texts = SERVICES.map(async (name) => {
      const { metrics = 0 } = system.processes[name].ports;
      return (await fetch(`http://127.0.0.1:${String(metrics)}/metrics`)).text();
    });
    return (await Promise.all(texts)).join('\n');
  };

  /** Traffic with each outcome that a metric tells apart: allowed, refused at each place, failed, and revoked. */
  beforeAll(async () => {
    const [author, voter, late] = (await members(3)) as [Person, Person, Person];
    const newcomer = await Person.join(system, 'Newcomer');
    const id = await author.write('A measured post');
    await voter.upvote(id);
    await expect(newcomer.upvote(id)).rejects.toMatchObject(denied('REPUTATION_TOO_LOW'));
    const token = await probe.signed(newcomer.token);
    await expect(callPost(system, 'UpvotePost', { id }, { token })).rejects.toMatchObject(denied('REPUTATION_TOO_LOW'));
    await expect(callPost(system, 'UpvotePost', { id }, { token, service: 'comment' })).rejects.toMatchObject(denied('CALLER_NOT_ALLOWED'));
    await expect(voter.ask('mutation ($id: ID!) { deletePost(id: $id) }', { id })).rejects.toMatchObject(denied('NOT_YOUR_POST'));
    await expect(voter.me('a.forged.token')).rejects.toMatchObject(denied('TOKEN_INVALID'));
    await newcomer.ask('mutation { logOut }');
    const script = await author.createToken('measured', 'posts:read');
    await system.kill('user');
    await expect(late.me()).rejects.toMatchObject(denied('SERVICE_UNAVAILABLE'));
    await author.api.ask('{ __typename }', {}, script.token);
    await system.restart('user');
    await eventually(() => late.me());
    text = await scrape();
    const people = [author, voter, late, newcomer];
    const known = people.flatMap((person) => [person.id, person.token, person.displayName, person.credentials.email]);
    expect(known.filter((canary) => text.includes(canary))).toEqual([]);
  });

  it.each(panels().flatMap(({ title, targets }) => targets.map(({ expr, legendFormat }) => [title, expr, legendFormat] as const)))(
    'has the metrics and labels of the panel %s',
    (_, expression, legend) => {
      const real = withoutVariables(expression);
      expect(unknownIn(real, metricsIn(text))).toEqual([]);
      expect(labelsIn(legend).filter((label) => !namedIn(real).grouping.includes(label))).toEqual([]);
    },
  );

  it.each(alerts().map(({ alert, expr, annotations: { summary } }) => [alert, expr, summary] as const))(
    'has the metrics and labels of the alert %s',
    (_, expression, summary) => {
      expect(unknownIn(expression, metricsIn(text))).toEqual([]);
      const kept = expression.includes(' by ') ? namedIn(expression).grouping : [...(metricsIn(text).get('up') ?? [])];
      expect(labelsIn(summary).filter((label) => !kept.includes(label))).toEqual([]);
    },
  );

  it('has the metrics of docs/observability.md, and no others', async () => {
    const page = await readFile(join(ROOT, 'docs/observability.md'), 'utf8');
    const documented = [...page.matchAll(/^\| `([a-z]+(?:_[a-z\d]+)+)` /gm)].map(([, name]) => name);
    const served = [...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name).filter((name) => name !== 'target_info');
    expect([...new Set(served)].sort()).toEqual(documented.sort());
  });

  it('has each alert in docs/observability.md', async () => {
    const page = await readFile(join(ROOT, 'docs/observability.md'), 'utf8');
    const names = new Set(alerts().map(({ alert }) => alert));
    expect([...names].filter((name) => !page.includes(name))).toEqual([]);
  });

  it('has no id, token or address in a label (A20)', () => {
    const values = [...text.matchAll(/="((?:[^"\\]|\\.)*)"/g)].map(([, value = '']) => value);
    expect(values.length).toBeGreaterThan(100);
    expect(values.filter((value) => /[\da-f]{8}-[\da-f]{4}-|@|eyJ|^[\w-]{43}$|measured/.test(value))).toEqual([]);
  });
});
