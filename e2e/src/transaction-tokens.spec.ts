import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Collector, Span } from '@reputable/collector';
import { Person, startSystem, type System } from '@reputable/dev';
import { denied, eventually, query } from '@reputable/testing';
import { TracedRequests } from './traced-requests.ts';

/** A busy machine takes longer than the default. */
const env = { all: { LOG_LEVEL: 'warn', DEADLINE_MS: '5000' }, gateway: { TOKENS_INSIDE: 'txn' } };

let system: System;
let requests: TracedRequests;
beforeAll(async () => {
  system = await startSystem({ env, withCollector: true });
  requests = new TracedRequests(system.collector as Collector, system.urls.graphql);
});
afterAll(() => system.stop());

const COMMENT = 'mutation ($id: ID!) { createComment(input: { postId: $id, body: "A comment" }) { id author { displayName } } }';

/** The spans of the calls that carried a Transaction Token: service, rpc and `txn`. */
const transactionsIn = (spans: readonly Span[]) =>
  spans.flatMap(({ service, name, kind, attributes }) =>
    kind === 'server' && attributes['reputable.token.kind'] === 'txn'
      ? [{ service, rpc: name, txn: String(attributes['reputable.txn']) }]
      : [],
  );

it('with TOKENS_INSIDE=txn, users do everything as before, and the same is refused', async () => {
  const [ada, carol, mo] = [
    await Person.join(system, 'Ada'),
    await Person.join(system, 'Carol', { upvotes: 12 }),
    await Person.join(system, 'Mo', { roles: ['MODERATOR'] }),
  ];
  const question = await ada.write('A question');
  const remark = await ada.comment(question, 'On my own post');
  await carol.comment(question, "On another's");
  expect(await carol.upvote(question)).toBe(1);
  expect(await carol.upvoteComment(remark)).toBe(1);
  await expect(carol.ask('mutation ($id: ID!) { deletePost(id: $id) }', { id: question })).rejects.toMatchObject(denied('NOT_YOUR_POST'));
  const { id, token } = await ada.createToken('Voter', 'votes:write');
  expect(await ada.me(token)).toMatchObject({ displayName: 'Ada' });
  await ada.ask('mutation ($id: ID!) { endSession(id: $id) }', { id });
  await mo.ask('mutation ($id: ID!) { deletePost(id: $id) }', { id: question });
  const exported = await fetch(new URL('/api/v1/me/export', system.urls.graphql), {
    method: 'POST',
    headers: { authorization: `Bearer ${ada.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ currentPassword: ada.credentials.password }),
  });
  expect(await exported.json()).toMatchObject({ account: { email: ada.credentials.email }, postVotes: [] });
  await ada.ask('mutation { logOut }');
  await expect(ada.refresh()).rejects.toMatchObject(denied('REFRESH_TOKEN_INVALID'));
});

it('a write has one txn at every service that it reaches, and reads have another', async () => {
  const [author, commenter] = [await Person.join(system, 'Author'), await Person.join(system, 'Commenter', { upvotes: 12 })];
  const post = await author.write('A post');
  const found = await requests.send(COMMENT, { id: post }, commenter.token);
  const transactions = await eventually(() => {
    const calls = transactionsIn(found().spans);
    expect(calls.map(({ service }) => service)).toEqual(expect.arrayContaining(['comment', 'post', 'user']));
    expect(calls.some(({ rpc }) => rpc.endsWith('/BatchGetUsers'))).toBe(true);
    return calls;
  }, 10_000);
  const txnOf = (wanted: string) => transactions.find(({ rpc }) => rpc.endsWith(wanted))?.txn;
  expect(txnOf('/CreateComment')).toMatch(/^[\da-f-]{36}$/);
  // Comment calls post, and post calls user, each with a replacement.
  expect([txnOf('/GetPost'), txnOf('/GetUser')]).toEqual([txnOf('/CreateComment'), txnOf('/CreateComment')]);
  expect(txnOf('/BatchGetUsers')).not.toBe(txnOf('/CreateComment'));
});

it('the audit log has the txn of a decision in another service', async () => {
  const [admin, member] = [await Person.join(system, 'Root', { roles: ['ADMIN'] }), await Person.join(system, 'Member')];
  const grant = 'mutation ($id: ID!) { grantRole(userId: $id, role: MODERATOR) { roles } }';
  const found = await requests.send(grant, { id: member.id }, admin.token);
  const txn = await eventually(() => {
    const call = transactionsIn(found().spans).find(({ rpc }) => rpc.endsWith('/GrantRole'));
    if (!call) throw new Error('no span of GrantRole yet');
    return call.txn;
  }, 10_000);
  await eventually(async () => {
    const events = await query<{ type: string }>(system.databaseUrl('auth'), 'SELECT type FROM audit_event WHERE txn = $1', [txn]);
    expect(events).toEqual([{ type: 'role_granted' }]);
  }, 10_000);
});
