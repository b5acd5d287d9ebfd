import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { PostService, PostView } from '@reputable/contracts/post/v1/post';
import { UserService } from '@reputable/contracts/user/v1/user';
import { Code } from '@reputable/errors';
import { aUser, denied, eventually, PATIENCE, query, Relay, type TestService, TestWorld } from '@reputable/testing';

let world: TestWorld;
let user: TestService;
let post: TestService;
/** The connections from post to user. */
let toUser: Relay;
let ada = aUser();
let id = '';

beforeAll(async () => {
  world = await TestWorld.shared();
  user = await world.service('user');
  toUser = await Relay.start(() => user.ports.grpc);
  post = await world.start('post', { USER_URL: toUser.url });
});
afterAll(() => post.stop());

beforeEach(async () => {
  ada = aUser();
  const accounts = await world.client(UserService, user, { service: 'auth' });
  await eventually(() => accounts.createProfile({ userId: ada.id, displayName: 'Ada' }));
  const adas = await world.client(PostService, post, { user: ada });
  id = (await eventually(() => adas.createPost({ title: 'T', body: 'B' }))).post?.id ?? '';
});

const aVoter = () => world.client(PostService, post, { user: aUser({ reputation: 125 }) });

const reputationSum = async () => {
  const [row] = await query<{ sum: number }>(user.databaseUrl, 'SELECT reputation_sum AS sum FROM profile WHERE id = $1', [ada.id]);
  return row?.sum;
};

const jobs = (state: string) => query(post.databaseUrl, "SELECT FROM pgboss.job WHERE name = 'reputation' AND state = $1", [state]);

/** The author's events, as a condition. Events of other tests may still wait. */
const HERS = "name = 'reputation' AND data ->> 'userId' = $1";

/** Waits until all events of the author are delivered and she has this reputation. */
async function comesTo(sum: number): Promise<void> {
  await eventually(async () => {
    expect(await reputationSum()).toBe(sum);
    expect(await query(post.databaseUrl, `SELECT FROM pgboss.job WHERE ${HERS} AND state < 'completed'`, [ada.id])).toEqual([]);
  });
}

/** The timeout for events of a killed process, which the queue delivers again after a while. */
async function anHourPasses(): Promise<void> {
  await query(post.databaseUrl, "UPDATE pgboss.job SET started_on = started_on - interval '1 hour' WHERE state = 'active'");
  await query(post.databaseUrl, "UPDATE pgboss.queue SET monitor_claim_on = monitor_claim_on - interval '1 hour'");
}

describe('reputation (A14)', () => {
  it('is delivered exactly once after an outage of the user service', async () => {
    toUser.down();
    const voters = await Promise.all(Array.from({ length: 20 }, aVoter));
    await Promise.all(voters.map((voter) => voter.upvotePost({ id })));
    await Promise.all(voters.slice(0, 5).map((voter) => voter.retractVote({ id })));
    await Promise.all(voters.slice(5, 8).map((voter) => voter.downvotePost({ id })));
    await eventually(async () => {
      expect(await jobs('retry')).not.toEqual([]);
    });
    const asked = Date.now();
    const wanted = voters[0]?.getPost({ id, view: PostView.WITH_AUTHOR });
    await expect(wanted).rejects.toMatchObject({ ...denied('SERVICE_UNAVAILABLE', { service: 'user' }), code: Code.UNAVAILABLE });
    expect(Date.now() - asked).toBeLessThan(PATIENCE * 2_000);

    await toUser.up();
    await comesTo(12 * 10 - 3 * 2);
  });

  it('survives a kill of the service right after its response', async () => {
    toUser.down();
    await (await aVoter()).upvotePost({ id });
    await post.stop('SIGKILL');
    await anHourPasses();
    post = await world.restart(post);
    await toUser.up();
    await comesTo(10);
  });

  it('counts the other events if the user service refuses one, which becomes a dead letter', async () => {
    toUser.down();
    const voters = await Promise.all(Array.from({ length: 10 }, aVoter));
    await Promise.all(voters.map((voter) => voter.upvotePost({ id })));
    const faulty = `UPDATE pgboss.job SET data = jsonb_set(data, '{kind}', '"REPUTATION_KIND_UNSPECIFIED"')
      WHERE id = (SELECT id FROM pgboss.job WHERE ${HERS} AND state < 'active' LIMIT 1) AND state < 'active' RETURNING id`;
    // A delivery in progress has the event as it was, and replaces the row if it fails.
    await eventually(async () => {
      expect(await query(post.databaseUrl, faulty, [ada.id])).toHaveLength(1);
    });
    await toUser.up();
    // Again and again, because a delivery in progress overwrites it.
    const refusedOften = `UPDATE pgboss.job SET output = '{"refusals": 59}'
      WHERE name = 'reputation' AND state < 'active' AND data ->> 'kind' = 'REPUTATION_KIND_UNSPECIFIED'`;
    await eventually(async () => {
      await query(post.databaseUrl, refusedOften);
      expect(await query(post.databaseUrl, "SELECT FROM pgboss.job WHERE name = 'dead_letter'")).toHaveLength(1);
    });
    await comesTo(9 * 10);
    const letters = await query<{ reason: string }>(
      post.databaseUrl,
      "SELECT output ->> 'reason' AS reason FROM pgboss.job WHERE name = 'dead_letter'",
    );
    expect(letters).toEqual([{ reason: 'events[0].kind: Must be one of the kinds in the contract.' }]);
    await eventually(() => {
      expect(post.log()).toContain('"msg":"event refused for good","queue":"reputation"');
      expect(post.log()).toContain('"msg":"dead letters found","deadLetters":"reputation 1"');
    });
  });

  it('counts a repeated event once', async () => {
    await (await aVoter()).upvotePost({ id });
    await comesTo(10);
    const again = `UPDATE pgboss.job SET state = 'retry', completed_on = NULL WHERE ${HERS} AND state = 'completed' RETURNING id`;
    expect(await query(post.databaseUrl, again, [ada.id])).toHaveLength(1);
    await comesTo(10);
  });
});
