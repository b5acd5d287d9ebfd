import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostService } from '@reputable/contracts/post/v1/post';
import { aUser, denied, eventually, type TestService, TestWorld } from '@reputable/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { AuthenticatedUser } from '../access/authenticated-user.ts';
import type { VerifiedToken } from '../token/access-token.ts';
import { TokenRevocations, UNTIL_EXPIRY } from './token-revocations.ts';

/** A second in the past, as a token says it. */
const ago = (seconds: number) => Math.floor(Date.now() / 1000) - seconds;

const token = (issuedAt: number, id = 'ada', sessionId = 'phone'): VerifiedToken => ({
  user: new AuthenticatedUser({ id, sessionId, roles: [], reputation: 1, scopes: [], clientId: '' }),
  authorization: '',
  issuedAt,
  expiresAt: issuedAt + 300,
});

function revocations({ graceMs, known = [] }: { graceMs?: number; known?: Parameters<TokenRevocations['apply']>[0] } = {}) {
  const made = new TokenRevocations(graceMs);
  made.apply(known);
  made.close();
  return made;
}

const later = Date.now() + 300_000;

describe('a token is refused', () => {
  const known = [
    { subject: 'session', id: 'phone', issuedBefore: 100_000, expiresAt: later },
    { subject: 'user', id: 'bob', issuedBefore: 200_000, expiresAt: later },
  ] as const;
  it.each([
    ['of its session, issued before', token(99), 'TOKEN_REVOKED'],
    ['of its session, issued in that very second', token(100), undefined],
    ['of another session', token(99, 'ada', 'laptop'), undefined],
    ['of its user, issued before', token(199, 'bob', 'laptop'), 'TOKEN_REVOKED'],
    ['of its user, issued after', token(200, 'bob', 'laptop'), undefined],
    ['of a user whose id is that of a session', token(1, 'phone', 'laptop'), undefined],
  ])('by a revocation %s: %#', (_, shown, reason) => {
    expect(revocations({ known }).refusalOf(shown)?.reason).toBe(reason);
  });

  it('by the latest of several revocations, in whatever order they come', () => {
    const at = (issuedBefore: number) => ({ subject: 'user', id: 'ada', issuedBefore, expiresAt: later }) as const;
    expect(revocations({ known: [at(200_000), at(100_000)] }).refusalOf(token(150))?.reason).toBe('TOKEN_REVOKED');
  });
});

it('knows a revocation for as long as there can be tokens that it concerns', async () => {
  const made = new TokenRevocations();
  made.apply([{ subject: 'user', id: 'ada', issuedBefore: Infinity, expiresAt: Date.now() + 500 }]);
  expect([...made.all()]).toHaveLength(1);
  await eventually(() => {
    expect([...made.all()]).toEqual([]);
  }, 3_000);
  made.close();
});

describe('without word', () => {
  it('from the beginning, every token is refused, however new', () => {
    const made = new TokenRevocations();
    made.close();
    expect(made.refusalOf(token(ago(0)))?.reason).toBe('REVOCATIONS_UNKNOWN');
    expect(made.fault).toContain('no word yet');
  });

  it('for longer than the grace, a token is accepted for that long after its issue, and what is revoked is not', async () => {
    const made = revocations({ graceMs: 1_500, known: [{ subject: 'user', id: 'bob', issuedBefore: Infinity, expiresAt: later }] });
    const old = token(ago(60));
    expect(made.refusalOf(old)).toBeUndefined();
    await sleep(1_600);
    expect(made.refusalOf(old)?.reason).toBe('REVOCATIONS_UNKNOWN');
    expect(made.refusalOf(token(ago(0)))).toBeUndefined();
    expect(made.refusalOf(token(ago(3)))?.reason).toBe('REVOCATIONS_UNKNOWN');
    expect(made.refusalOf(token(ago(0), 'bob'))?.reason).toBe('TOKEN_REVOKED');
    made.apply([]);
    expect(made.refusalOf(old)).toBeUndefined();
  });

  it('for three seconds there is a fault, until there is word again', async () => {
    const made = new TokenRevocations();
    let told = 0;
    made.onFault(() => (told += 1));
    made.apply([]);
    expect(made.fault).toBeUndefined();
    await eventually(() => {
      expect(made.fault).toContain('accepted for 60 s');
    });
    made.apply([]);
    expect([made.fault, told]).toEqual([undefined, 3]);
    made.close();
  });
});

it('can be done without, if one says so', () => {
  expect(UNTIL_EXPIRY.refusalOf(token(0))).toBeUndefined();
});

describe('a service', () => {
  let world: TestWorld;
  let post: TestService;
  beforeAll(async () => {
    world = await TestWorld.create();
    post = await world.start('post', { USER_URL: 'localhost:1' });
  }, 30_000);
  afterAll(() => world.end());

  const posts = (shown: string | undefined, service = post) => world.client(PostService, service, { token: shown });

  it('refuses a known token from the moment it is revoked', async () => {
    const user = aUser();
    const shown = await posts(await world.issuer.tokenFor(user));
    const other = await posts(await world.issuer.tokenFor(aUser()));
    await shown.listPosts({});
    world.revocations.revoke('user', user.id);
    await eventually(async () => {
      await expect(shown.listPosts({})).rejects.toMatchObject(denied('TOKEN_REVOKED'));
    }, 1_000);
    await other.listPosts({});
  });

  it('that cannot hear of revocations starts all the same, answers those who are not signed in, and takes no token', async () => {
    const deaf = await world.start('post', { USER_URL: 'localhost:1', AUTH_URL: 'localhost:1' });
    await (await posts(undefined, deaf)).listPosts({});
    const shown = await posts(await world.issuer.tokenFor(aUser()), deaf);
    await expect(shown.listPosts({})).rejects.toMatchObject(denied('REVOCATIONS_UNKNOWN'));
  });

  it('does not start without being told where auth is', async () => {
    await expect(world.start('post', { USER_URL: 'localhost:1', AUTH_URL: '' })).rejects.toThrow('AUTH_URL is empty');
  });
});
