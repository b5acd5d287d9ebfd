import { beforeAll, describe, expect, it } from '@jest/globals';
import { SCOPES, SERVICES } from '@reputable/contracts';
import { denied, eventually, query } from '@reputable/testing';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { aPerson, type AuthWorld, sharedAuthWorld } from '../auth.fixture.ts';
import type { Account } from '../account/account.entity.ts';

let running: AuthWorld;

beforeAll(async () => {
  running = await sharedAuthWorld();
});

type Row = Pick<Account, 'id' | 'state'> & { password_hash: string; display_name: string | null; recovered_at: Date | null };

const accountOf = async (email: string): Promise<Row> => {
  const [row] = await query<Row>(running.auth.databaseUrl, 'SELECT * FROM account WHERE email = $1', [email]);
  if (!row) throw new Error(`There is no account ${email}.`);
  return row;
};
const profiles = (id: string) => query<{ display_name: string }>(running.user.databaseUrl, 'SELECT * FROM profile WHERE id = $1', [id]);

/** Waits until the registration is finished. */
const recovered = (email: string) =>
  eventually(async () => {
    expect(await accountOf(email)).toMatchObject({ state: 'active', display_name: null });
  });

describe('a registration', () => {
  it('creates an account, a profile and a session', async () => {
    const person = aPerson();
    const { tokens } = await (await running.authAs()).register(person);
    const opaque = expect.stringMatching(/^[\w-]{43}$/) as unknown;
    expect(tokens).toMatchObject({ tokenType: 'Bearer', expiresIn: 300, accessToken: opaque, refreshToken: opaque });

    const keys = createRemoteJWKSet(new URL(`${running.issuer}/.well-known/jwks.json`));
    const { payload, protectedHeader } = await jwtVerify(await running.exchange(tokens?.accessToken ?? ''), keys, {
      issuer: running.issuer,
      audience: 'post',
    });
    expect(protectedHeader).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: expect.any(String) });
    const [session] = await query<{ id: string }>(running.auth.databaseUrl, 'SELECT id FROM session WHERE account_id = $1', [
      tokens?.userId,
    ]);
    // No further claim: neither name nor e-mail address.
    expect(payload).toEqual({
      iss: running.issuer,
      sub: tokens?.userId,
      aud: [...SERVICES],
      client_id: 'first-party',
      sid: session?.id,
      jti: expect.any(String),
      iat: expect.any(Number),
      exp: (payload.iat ?? 0) + 60,
      scope: SCOPES.join(' '),
      act: { sub: 'gateway' },
      roles: [],
      reputation: 1,
    });

    const { user } = await (await running.userAs()).getUser({ id: tokens?.userId ?? '' });
    expect(user).toMatchObject({ displayName: person.displayName });
  });

  it('stores neither the password nor the display name', async () => {
    const person = aPerson();
    await (await running.authAs()).register(person);
    const account = await accountOf(person.email);
    expect(account.display_name).toBeNull();
    expect(account.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  it('treats all spellings of an address as one', async () => {
    const auth = await running.authAs();
    const person = aPerson();
    const { tokens } = await auth.register({ ...person, email: `  ${person.email.toUpperCase()} ` });
    await expect(auth.register(person)).rejects.toMatchObject(denied('EMAIL_TAKEN'));
    await expect(auth.register({ ...person, email: person.email.replace('p', 'ｐ') })).rejects.toMatchObject(denied('EMAIL_TAKEN'));
    expect((await auth.logIn({ ...person, email: person.email.replace('p', 'P') })).tokens?.userId).toBe(tokens?.userId);
  });
});

describe('bad input', () => {
  const good = { email: 'somebody@example.com', password: 'x'.repeat(12), displayName: 'Me', device: '', address: '192.0.2.1' };

  it.each([
    ['no address', { email: '' }, 'email'],
    ['no @', { email: 'somebody.example.com' }, 'email'],
    ['an address of 255 characters', { email: `${'a'.repeat(243)}@example.com` }, 'email'],
    ['a short password', { password: 'x'.repeat(11) }, 'password'],
    ['a long password', { password: 'x'.repeat(129) }, 'password'],
    ['a huge password', { password: 'x'.repeat(900_000) }, 'password'],
    ['a short name', { displayName: ' x ' }, 'display_name'],
    ['a long name', { displayName: 'x'.repeat(51) }, 'display_name'],
    ['a control character', { displayName: 'x\u0000y' }, 'display_name'],
    ['a long device', { device: 'x'.repeat(201) }, 'device'],
    ['no IP address', { address: '' }, 'address'],
    ['a name in place of an IP address', { address: 'localhost' }, 'address'],
  ])('%s', async (_, bad, field) => {
    const refused = (await running.authAs()).register({ ...good, ...bad });
    await expect(refused).rejects.toMatchObject({ ...denied('INVALID_FIELD'), violations: [{ field }] });
  });

  it('is reported in one error', async () => {
    const refused = (await running.authAs()).register({
      email: 'x',
      password: 'x',
      displayName: 'x',
      device: 'x'.repeat(201),
      address: 'x',
    });
    const violations = ['email', 'password', 'display_name', 'device', 'address'].map((field) => expect.objectContaining({ field }));
    await expect(refused).rejects.toMatchObject({ violations });
  });

  it('is counted in code points: 128 characters of four bytes each are 128', async () => {
    const person = { ...aPerson(), password: '🔑'.repeat(128) };
    await (await running.authAs()).register(person);
    await (await running.authAs()).logIn(person);
  });
});

describe('twenty concurrent registrations of one address', () => {
  it('create one account, with the name and the password of one request', async () => {
    const auth = await running.authAs();
    const { email } = aPerson();
    const rivals = Array.from({ length: 20 }, () => ({ ...aPerson(), email }));
    rivals.forEach((rival, index) => (rival.password += String(index)));
    const outcomes = await Promise.allSettled(rivals.map((rival) => auth.register(rival)));

    const won = outcomes.flatMap((outcome, index) => (outcome.status === 'fulfilled' ? [index] : []));
    expect(won).toHaveLength(1);
    const winner = rivals[won[0] ?? -1] ?? aPerson();
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(denied('EMAIL_TAKEN'));
    const { tokens } = await auth.logIn(winner);
    expect(await profiles(tokens?.userId ?? '')).toMatchObject([{ display_name: winner.displayName }]);
  });
});

describe('when the user service is down', () => {
  it('a registration fails, and the second try succeeds', async () => {
    const auth = await running.authAs();
    const person = aPerson();
    running.toUser.down();
    await expect(auth.register(person)).rejects.toMatchObject(denied('SERVICE_UNAVAILABLE', { service: 'user' }));
    await expect(auth.logIn(person)).rejects.toMatchObject(denied('CREDENTIALS_INVALID'));
    await running.toUser.up();
    const { tokens } = await eventually(() => auth.register(person));
    expect(await profiles(tokens?.userId ?? '')).toHaveLength(1);
    expect((await auth.logIn(person)).tokens?.userId).toBe(tokens?.userId);
  });

  it('the last attempt holds the address, and its registration is finished without a further try', async () => {
    const auth = await running.authAs();
    const first = aPerson();
    const last = { ...first, password: 'another horse battery' };
    running.toUser.down();
    await expect(auth.register(first)).rejects.toMatchObject(denied('SERVICE_UNAVAILABLE'));
    await expect(auth.register(last)).rejects.toMatchObject(denied('SERVICE_UNAVAILABLE'));
    await running.toUser.up();
    await recovered(first.email);
    expect(await profiles((await accountOf(first.email)).id)).toHaveLength(1);

    await expect(auth.register(first)).rejects.toMatchObject(denied('EMAIL_TAKEN'));
    // The client was told to try again. Of twenty concurrent tries, one succeeds.
    const again = await Promise.allSettled(Array.from({ length: 20 }, () => auth.register(last)));
    expect(again.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(auth.register(last)).rejects.toMatchObject(denied('EMAIL_TAKEN'));
    await auth.logIn(last);
    await expect(auth.logIn(first)).rejects.toMatchObject(denied('CREDENTIALS_INVALID'));
  });
});

describe('when auth is killed', () => {
  it('before the profile exists, the next start finishes the registration', async () => {
    const auth = await running.authAs();
    const person = aPerson();
    running.user.process.kill('SIGSTOP');
    const given = expect(auth.register(person)).rejects.toThrow();
    await eventually(() => accountOf(person.email));
    await running.auth.stop('SIGKILL');
    running.user.process.kill('SIGCONT');
    await given;
    running.auth = await running.world.restart(running.auth);
    await recovered(person.email);
    const { tokens } = await eventually(() => auth.logIn(person));
    expect(await profiles(tokens?.userId ?? '')).toMatchObject([{ display_name: person.displayName }]);
  });

  it('before the account becomes active, the next start finishes the registration', async () => {
    const auth = await running.authAs();
    const person = aPerson();
    const { tokens } = await auth.register(person);
    const asBefore = "UPDATE account SET state = 'pending', display_name = 'Somebody', held_until = now() WHERE id = $1";
    await query(running.auth.databaseUrl, asBefore, [tokens?.userId]);
    await recovered(person.email);
    await auth.logIn(person);
    expect(await profiles(tokens?.userId ?? '')).toMatchObject([{ display_name: person.displayName }]);
  });
});
