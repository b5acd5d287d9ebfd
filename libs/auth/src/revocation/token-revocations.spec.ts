import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client } from '@grpc/grpc-js';
import { Logger } from '@nestjs/common';
import { PostService } from '@reputable/contracts/post/v1/post';
import { aUser, denied, eventually, type TestService, TestWorld } from '@reputable/testing';
import { settings } from '@reputable/testing/property';
import fc from 'fast-check';
import { setTimeout as sleep } from 'node:timers/promises';
import { AuthenticatedUser } from '../access/authenticated-user.ts';
import type { VerifiedToken } from '../token/access-token.ts';
import { Plaintext } from '../peer/plaintext.ts';
import { openRevocations } from './revocation-options.ts';
import { type Revocation, TokenRevocations, UNTIL_EXPIRY } from './token-revocations.ts';

Logger.overrideLogger(false);

/** A time in the past, in seconds since the epoch. */
const ago = (seconds: number) => Math.floor(Date.now() / 1000) - seconds;

const token = (issuedAt: number, id = 'ada', sessionId = 'phone', afterRevocation?: number): VerifiedToken => ({
  user: new AuthenticatedUser({ id, sessionId, roles: [], reputation: 1, scopes: [], clientId: '' }),
  authorization: '',
  issuedAt,
  expiresAt: issuedAt + 300,
  freshUntil: issuedAt + 300,
  afterRevocation,
});

function withUpdate({ graceMs, known = [] }: { graceMs?: number; known?: Parameters<TokenRevocations['apply']>[0] } = {}) {
  const revocations = new TokenRevocations(graceMs);
  revocations.apply(known);
  revocations.close();
  return revocations;
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
    expect(withUpdate({ known }).refusalOf(shown)?.reason).toBe(reason);
  });

  it('by the latest of several revocations, in any order', () => {
    const at = (issuedBefore: number) => ({ subject: 'user', id: 'ada', issuedBefore, expiresAt: later }) as const;
    expect(withUpdate({ known: [at(200_000), at(100_000)] }).refusalOf(token(150))?.reason).toBe('TOKEN_REVOKED');
  });
});

describe('a revocation with a number', () => {
  const numbered = { subject: 'user', id: 'ada', issuedBefore: 200_000, expiresAt: later, number: 7 } as const;
  const plain = { subject: 'user', id: 'ada', issuedBefore: 150_000, expiresAt: later } as const;
  const ended = { subject: 'session', id: 'phone', issuedBefore: 900_000, expiresAt: later } as const;
  it.each([
    ['a token that follows an earlier one, whatever its iat', [numbered], token(999, 'ada', 'phone', 6), 'TOKEN_REVOKED'],
    ['a token from before all revocations', [numbered], token(999, 'ada', 'phone', 0), 'TOKEN_REVOKED'],
    ['not one that follows it, in the same second', [numbered], token(199, 'ada', 'phone', 7), undefined],
    ['not one that follows a later one', [numbered], token(1, 'ada', 'phone', 8), undefined],
    ['a token without a number, by its iat', [numbered], token(199), 'TOKEN_REVOKED'],
    ['not a later one without a number', [numbered], token(200), undefined],
    ['beside one without a number, which goes by iat', [numbered, plain], token(149, 'ada', 'phone', 7), 'TOKEN_REVOKED'],
    ['beside one without a number, not a later token', [numbered, plain], token(150, 'ada', 'phone', 7), undefined],
    ['never against the end of the session', [numbered, ended], token(899, 'ada', 'phone', 99), 'TOKEN_REVOKED'],
  ])('revokes %s', (_, known, shown, reason) => {
    expect(withUpdate({ known }).refusalOf(shown)?.reason).toBe(reason);
    expect(withUpdate({ known: known.toReversed() }).refusalOf(shown)?.reason).toBe(reason);
    // As another service receives them from this one.
    expect(withUpdate({ known: [...withUpdate({ known }).all()] }).refusalOf(shown)?.reason).toBe(reason);
  });
});

describe('updates', () => {
  const times = fc.constantFrom(100, 200, 300);
  const revocation: fc.Arbitrary<Revocation> = fc
    .record({ subject: fc.constantFrom('session', 'user'), id: fc.constantFrom('ada', 'phone'), before: times, number: fc.nat(3) })
    .map(({ subject, id, before, number }) => ({
      ...{ subject, id, issuedBefore: before * 1_000, expiresAt: later },
      ...(subject === 'user' && number > 0 && { number }),
    }));
  const shown = fc
    .tuple(times, fc.constantFrom(-1, 0), fc.option(fc.nat(3), { nil: undefined }))
    .map(([time, offset, after]) => token(time + offset, 'ada', 'phone', after));
  /** All of them, some repeated, in any order, in several updates. */
  const delivered = (all: readonly Revocation[]) =>
    fc
      .subarray([...all])
      .chain((repeated) => fc.shuffledSubarray([...all, ...repeated], { minLength: all.length + repeated.length }))
      .chain((shuffled) => fc.nat(shuffled.length).map((place) => [shuffled.slice(0, place), shuffled.slice(place)]));

  it('revoke the same tokens in any order, repeated, divided, and after a reconnect to another replica', () => {
    const history = fc.array(revocation, { maxLength: 8 }).chain((all) => fc.tuple(fc.constant(all), delivered(all), delivered(all)));
    const isSame = ([all, here, there]: [Revocation[], Revocation[][], Revocation[][]], seen: VerifiedToken) => {
      const expected = withUpdate({ known: all }).refusalOf(seen)?.reason;
      const [mine, other] = [withUpdate(), withUpdate()];
      for (const update of there) other.apply(update);
      for (const update of here) mine.apply(update);
      mine.apply(other.all());
      expect([mine, other].map((known) => known.refusalOf(seen)?.reason)).toEqual([expected, expected]);
    };
    fc.assert(fc.property(history, shown, isSame), settings(500));
  });
});

it('drops a revocation once the tokens it revokes have expired', async () => {
  const revocations = new TokenRevocations();
  revocations.apply([{ subject: 'user', id: 'ada', issuedBefore: Infinity, expiresAt: Date.now() + 500 }]);
  expect([...revocations.all()]).toHaveLength(1);
  await eventually(() => {
    expect([...revocations.all()]).toEqual([]);
  }, 3_000);
  revocations.close();
});

describe('a leap of the system clock', () => {
  it.each(['before', 'during'])('drops no revocation that arrived %s it', async (when) => {
    const revocations = new TokenRevocations();
    const [createdAt, expiresAt] = [Date.now(), Date.now() + 300_000];
    const revocation = { subject: 'user', id: 'ada', issuedBefore: Infinity, expiresAt, createdAt } as const;
    revocations.apply(when === 'before' ? [revocation] : []);
    const clock = jest.spyOn(Date, 'now').mockReturnValue(createdAt + 3_600_000);
    revocations.apply(when === 'during' ? [revocation] : []);
    // Two of the checks that drop revocations.
    await sleep(2_100);
    clock.mockRestore();
    expect(revocations.refusalOf(token(ago(0)))?.reason).toBe('TOKEN_REVOKED');
    revocations.close();
  });
});

describe('without updates', () => {
  it('every token is refused before the first update', () => {
    const revocations = new TokenRevocations();
    revocations.close();
    expect(revocations.refusalOf(token(ago(0)))?.reason).toBe('REVOCATIONS_UNKNOWN');
    expect(revocations.fault).toContain('no revocation data received yet');
  });

  it('after the grace, only tokens issued within the grace are accepted, and no revoked one', async () => {
    const revocations = withUpdate({ graceMs: 1_500, known: [{ subject: 'user', id: 'bob', issuedBefore: Infinity, expiresAt: later }] });
    const old = token(ago(60));
    expect(revocations.refusalOf(old)).toBeUndefined();
    await sleep(1_600);
    expect(revocations.refusalOf(old)?.reason).toBe('REVOCATIONS_UNKNOWN');
    expect(revocations.refusalOf(token(ago(0)))).toBeUndefined();
    expect(revocations.refusalOf(token(ago(3)))?.reason).toBe('REVOCATIONS_UNKNOWN');
    expect(revocations.refusalOf(token(ago(0), 'bob'))?.reason).toBe('TOKEN_REVOKED');
    revocations.apply([]);
    expect(revocations.refusalOf(old)).toBeUndefined();
  });

  it('for three seconds there is a fault, until the next update', async () => {
    const revocations = new TokenRevocations();
    let changes = 0;
    revocations.onFault(() => (changes += 1));
    revocations.apply([]);
    expect(revocations.fault).toBeUndefined();
    await eventually(() => {
      expect(revocations.fault).toContain('accepted for 60 s');
    });
    revocations.apply([]);
    expect([revocations.fault, changes]).toEqual([undefined, 3]);
    revocations.close();
  });
});

it("accept: 'until expiry' refuses no token", () => {
  expect(UNTIL_EXPIRY.refusalOf(token(0))).toBeUndefined();
});

describe('a service', () => {
  let world: TestWorld;
  let post: TestService;
  beforeAll(async () => {
    world = await TestWorld.create();
    post = await world.start('post', { USER_URL: 'localhost:1' });
  });
  afterAll(() => world.end());

  const posts = (shown: string | undefined, service = post) => world.client(PostService, service, { token: shown });

  it('refuses a cached token at once after its revocation', async () => {
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

  it('whose clock is behind accepts tokens from up to 30 seconds in the future, and reports it; no user is told to log in', async () => {
    const future = (leadS: number) => world.issuer.tokenFor(aUser(), { iat: ago(-leadS), exp: ago(-leadS) + 60 });
    expect(await clockHealth()).toBe('SERVING');
    await (await posts(await future(20))).listPosts({});
    expect(await clockHealth()).toBe('NOT_SERVING');
    await expect((await posts(await future(60))).listPosts({})).rejects.toMatchObject(denied('CLOCK_SKEW'));
    await eventually(() => {
      expect(post.log()).toMatch(/"msg":"clock skew detected"/);
      expect(post.log()).toMatch(/"msg":"call refused".*"reason":"CLOCK_SKEW".*"fault":"iat is [\d.]+ s in the future"/);
    });
  });

  /** What the gRPC health service says about the clock. */
  async function clockHealth(): Promise<string> {
    const channel = new Client(`localhost:${String(post.ports.grpc)}`, (await world.certificate('gateway')).credentialsFor('post'));
    const request = Buffer.concat([Buffer.from([0x0a, 5]), Buffer.from('clock')]);
    const bytes = (value: Buffer) => value;
    const response = await new Promise<Buffer | undefined>((resolve, reject) => {
      channel.makeUnaryRequest('/grpc.health.v1.Health/Check', bytes, bytes, request, (error, answer) =>
        error ? reject(error) : resolve(answer),
      );
    });
    channel.close();
    return ['UNKNOWN', 'SERVING', 'NOT_SERVING'][response?.[1] ?? 0] ?? '';
  }

  it('without a revocation stream starts, answers calls without a token, and refuses every token', async () => {
    const offline = await world.start('post', { USER_URL: 'localhost:1', AUTH_URL: 'localhost:1' });
    await (await posts(undefined, offline)).listPosts({});
    const shown = await posts(await world.issuer.tokenFor(aUser()), offline);
    await expect(shown.listPosts({})).rejects.toMatchObject(denied('REVOCATIONS_UNKNOWN'));
  });

  it('does not start without AUTH_URL', async () => {
    await expect(world.start('post', { USER_URL: 'localhost:1', AUTH_URL: '' })).rejects.toThrow('AUTH_URL is empty');
  });
});

it.each([0, 2_999, NaN])('a grace of %s ms stops the start: it would end between two updates', (graceMs) => {
  const source = { from: 'stream', service: 'auth', url: 'localhost:1', graceMs } as const;
  expect(() => openRevocations(source, new Plaintext())).toThrow('Set it to 3000 or more');
});
