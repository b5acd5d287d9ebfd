import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostService } from '@reputable/contracts/post/v1/post';
import { UserService } from '@reputable/contracts/user/v1/user';
import { DomainError } from '@reputable/errors';
import { aUser, eventually, HeldLock, type TestService, TestWorld, urlsOf } from '@reputable/testing';

/** The number of requests at once, and the rows of each. */
const [BURST, ROWS] = [400, 100];

const NESTED = `{ posts(first: ${String(ROWS)}) { nodes { title body author { displayName reputation } } } }`;

/** The most calls of the gateway that a process of a service handles at once. */
const MAX_CALLS = 500;

let world: TestWorld;
let gateway: TestService;
let post: TestService;
let url: string;
let postId: string;

beforeAll(async () => {
  world = await TestWorld.shared();
  const { user } = await world.services();
  post = await world.service('post');
  gateway = await world.start('gateway', urlsOf({ user, post }));
  url = `http://127.0.0.1:${String(gateway.ports.http)}`;
  const author = aUser({ reputation: 50 });
  const profiles = await world.client(UserService, user, { service: 'auth' });
  await eventually(() => profiles.createProfile({ userId: author.id, displayName: 'Author' }));
  const posts = await world.client(PostService, post, { user: author });
  for (let n = 0; n < ROWS; n += 1) {
    const created = await posts.createPost({ title: `Post ${String(n)}`, body: 'Body '.repeat(20) });
    postId = created.post?.id ?? '';
  }
});
afterAll(() => gateway.stop());

const ask = (query: string) => {
  const headers = { 'content-type': 'application/json' };
  return fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) });
};

/** The outcome of a request: `answered`, or the reason of its refusal. */
async function outcomeOf(response: Response): Promise<string> {
  const { data, errors } = (await response.json()) as { data?: object; errors?: { extensions: { reason: string } }[] };
  if (data && !errors) return 'answered';
  return errors?.[0]?.extensions.reason ?? 'none';
}

describe('a burst of requests', () => {
  it('gets answers for as many as are handled in time, and 503 with Retry-After for the others', async () => {
    const responses = await Promise.all(Array.from({ length: BURST }, () => ask(NESTED)));
    const refused = responses.filter(({ status }) => status === 503);
    const outcomes = Map.groupBy(await Promise.all(responses.map(outcomeOf)), (outcome) => outcome);
    expect([...outcomes.keys()].sort()).toEqual(['OVERLOADED', 'answered']);
    expect(outcomes.get('answered')?.length).toBeGreaterThanOrEqual(32);
    expect(outcomes.get('OVERLOADED')?.length).toBe(refused.length);
    expect(refused[0]?.headers.get('retry-after')).toBe('1');
  });

  it('refuses requests of the HTTP API with problem details, and neither health checks nor log-outs', async () => {
    const burst = Array.from({ length: BURST }, () => fetch(`${url}/api/v1/posts?limit=${String(ROWS)}`));
    const [live, out, ...responses] = await Promise.all([
      fetch(`${url}/health/live`),
      ask('mutation { logOut }').then(outcomeOf),
      ...burst,
    ]);
    expect(live.status).toBe(200);
    expect(out).toBe('TOKEN_MISSING');
    const refused = responses.find(({ status }) => status === 503);
    expect(refused?.headers.get('content-type')).toMatch('application/problem+json');
    expect(await refused?.json()).toMatchObject({ status: 503, reason: 'OVERLOADED', metadata: { retryAfter: '1' } });
  });
});

describe('too many calls of the gateway at a service', () => {
  /** Calls that wait for the lock of a table, and the outcomes of those that have ended. */
  async function storm(count: number) {
    const posts = await world.client(PostService, post);
    const outcomes: string[] = [];
    const one = () =>
      posts.listPosts({ pageSize: 1 }).then(
        () => outcomes.push('answered'),
        (error: unknown) => outcomes.push(error instanceof DomainError ? error.reason : String(error)),
      );
    return { outcomes, ended: Promise.all(Array.from({ length: count }, one)) };
  }

  it('are refused at once, with 503 and Retry-After at the gateway; those of another service are not, and afterwards none', async () => {
    await using lock = await HeldLock.take(post.databaseUrl, 'LOCK TABLE post');
    const { outcomes, ended } = await storm(MAX_CALLS + 50);
    const comment = await world.client(PostService, post, { service: 'comment' });
    await eventually(() => expect(outcomes).toHaveLength(50));
    const other = comment.getPost({ id: postId });
    const response = await fetch(`${url}/api/v1/posts`);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await response.json()).toMatchObject({ reason: 'OVERLOADED', metadata: { retryAfter: '1' } });
    const executed = await ask('{ posts(first: 1) { nodes { id } } }');
    expect([executed.status, await outcomeOf(executed)]).toEqual([200, 'OVERLOADED']);
    await eventually(async () => {
      expect(await (await fetch(`${url}/health/ready`)).json()).toMatchObject({ services: { post: 'up' } });
    });
    expect(outcomes).toHaveLength(50);
    await lock.release();
    await ended;
    expect(await other).toMatchObject({ post: { id: postId } });
    expect(Map.groupBy(outcomes, (outcome) => outcome).get('answered')).toHaveLength(MAX_CALLS);
    expect(outcomes.filter((outcome) => outcome === 'OVERLOADED')).toHaveLength(50);
    expect((await fetch(`${url}/api/v1/posts`)).status).toBe(200);
  });
});
