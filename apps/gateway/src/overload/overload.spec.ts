import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostService } from '@reputable/contracts/post/v1/post';
import { UserService } from '@reputable/contracts/user/v1/user';
import { aUser, eventually, type TestService, TestWorld, urlsOf } from '@reputable/testing';

/** The number of requests at once, and the rows of each. */
const [BURST, ROWS] = [400, 100];

const NESTED = `{ posts(first: ${String(ROWS)}) { nodes { title body author { displayName reputation } } } }`;

let gateway: TestService;
let url: string;

beforeAll(async () => {
  const world = await TestWorld.shared();
  const { user, post } = await world.services();
  gateway = await world.start('gateway', urlsOf({ user, post }));
  url = `http://127.0.0.1:${String(gateway.ports.http)}`;
  const author = aUser({ reputation: 50 });
  const profiles = await world.client(UserService, user, { service: 'auth' });
  await eventually(() => profiles.createProfile({ userId: author.id, displayName: 'Author' }));
  const posts = await world.client(PostService, post, { user: author });
  for (let n = 0; n < ROWS; n += 1) await posts.createPost({ title: `Post ${String(n)}`, body: 'Body '.repeat(20) });
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
