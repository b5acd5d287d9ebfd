import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SCOPES, SERVICES } from '@reputable/contracts';
import { linksIn } from '@reputable/mailbox';
import { createTestDatabase, type Denied, denied, Durations, eventually, query, StatementCounter } from '@reputable/testing';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { aPerson, type AuthWorld, expectAudited, type Person, sharedAuthWorld, startOtherAuth } from '../auth.fixture.ts';
import type { Account } from '../account/account.entity.ts';
import { Browser, type Shown } from '../browser.fixture.ts';

let running: AuthWorld;

beforeAll(async () => {
  running = await sharedAuthWorld();
});

type Row = Pick<Account, 'id' | 'state'> & { password_hash: string; display_name: string | null; email_verified_at: Date | null };

const accountsOf = (email: string) => query<Row>(running.auth.databaseUrl, 'SELECT * FROM account WHERE email = $1', [email]);
const registrationsOf = (email: string) => query(running.auth.databaseUrl, 'SELECT * FROM registration WHERE email = $1', [email]);
const profiles = (id: string) => query<{ display_name: string }>(running.user.databaseUrl, 'SELECT * FROM profile WHERE id = $1', [id]);

const register = async (person: Person) => (await running.authAs()).register(person);
const tokenIn = (link: URL) => link.pathname.split('/').at(-1) ?? '';

/** Registers a person, and waits for the mail. */
async function registered(person = aPerson()): Promise<{ person: Person; link: URL; token: string }> {
  await register(person);
  const link = await running.linkTo(person.email);
  return { person, link, token: tokenIn(link) };
}

const confirm = async (token: string, { password, device, address }: Person) =>
  (await running.authAs()).confirmRegistration({ token, password, device, address });

const logIn = async (person: Person) => (await running.authAs()).logIn(person);

/** Opens a link in a browser, and sends the password. */
async function confirmOnPage(link: URL, password: string): Promise<Shown> {
  const browser = new Browser(running.issuer);
  const page = await browser.open(link);
  return browser.send(page, page.forms[0], { password });
}

/** Waits until the account is complete. */
const recovered = (email: string) =>
  eventually(async () => {
    expect(await accountsOf(email)).toMatchObject([{ state: 'active', display_name: null }]);
  });

describe('a registration', () => {
  it('begins with a mail, and has no account', async () => {
    const person = aPerson();
    const answer = await register({ ...person, email: ` ${person.email.toUpperCase()} ` });
    expect(answer).toMatchObject({ email: person.email, linkExpiresIn: 900 });
    const [mail] = await running.mailsTo(person.email);
    expect(mail).toMatchObject({ subject: 'Confirm your registration' });
    expect(mail?.text).not.toContain(person.displayName);
    expect(await accountsOf(person.email)).toEqual([]);
    await expect(logIn(person)).rejects.toMatchObject(denied('CREDENTIALS_INVALID'));
  });

  it('ends with an account with a verified address, a profile and a session', async () => {
    const { person, token } = await registered();
    const { tokens } = await confirm(token, person);
    const opaque = expect.stringMatching(/^[\w-]{43}$/) as unknown;
    expect(tokens).toMatchObject({ tokenType: 'Bearer', expiresIn: 300, accessToken: opaque, refreshToken: opaque });

    await expectAudited(running, 'account_created', { user_id: tokens?.userId ?? '', method: 'registration' });
    await expectAudited(running, 'log_in', { user_id: tokens?.userId ?? '', method: 'registration', address: person.address });
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
      exp: (payload.iat ?? 0) + 120,
      scope: SCOPES.join(' '),
      act: { sub: 'gateway' },
      auth_time: expect.any(Number),
      amr: ['pwd'],
      roles: [],
      reputation: 1,
      rev: expect.any(Number),
    });

    const { user } = await (await running.userAs()).getUser({ id: tokens?.userId ?? '' });
    expect(user).toMatchObject({ displayName: person.displayName });
    expect(await accountsOf(person.email)).toMatchObject([{ state: 'active', email_verified_at: expect.any(Date) }]);
  });

  it('ends on a page as well', async () => {
    const { person, link } = await registered();
    const page = await new Browser(running.issuer).open(link);
    expect(page).toMatchObject({ status: 200, title: 'Confirm your registration – Reputable' });
    expect(page.text).toContain(person.email);
    expect(page.text).not.toContain(person.displayName);
    expect(await confirmOnPage(link, person.password)).toMatchObject({ status: 200, title: 'Your account is ready – Reputable' });
    await logIn(person);
  });

  it('takes the link as a whole as well, as it is in the mail', async () => {
    const { person, link } = await registered();
    expect((await confirm(`${link.href} `, person)).tokens).toMatchObject({ tokenType: 'Bearer' });
    await expect(confirm(link.href, person)).rejects.toMatchObject(denied('LINK_INVALID'));
  });

  it('stores neither the password nor, in the end, the display name', async () => {
    const { person, token } = await registered();
    const hash = expect.stringMatching(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/) as unknown;
    expect(await registrationsOf(person.email)).toMatchObject([{ password_hash: hash }]);
    await confirm(token, person);
    expect(await accountsOf(person.email)).toMatchObject([{ display_name: null, password_hash: hash }]);
    expect(await registrationsOf(person.email)).toEqual([]);
  });

  it('treats all spellings of an address as one', async () => {
    const { person, token } = await registered();
    const { tokens } = await confirm(token, person);
    for (const email of [person.email.toUpperCase(), person.email.replace('p', 'ｐ')]) {
      expect((await register({ ...person, email })).email).toBe(person.email);
      expect((await logIn({ ...person, email })).tokens?.userId).toBe(tokens?.userId);
    }
    const [mail] = await running.mailsTo(person.email, 3);
    expect(mail?.subject).toBe('You have an account already');
  });

  it('keeps the address known from which it was confirmed', async () => {
    const { person, token } = await registered();
    const { tokens } = await confirm(token, person);
    expect(tokens?.userId).toBeDefined();
    const elsewhere = (i: number) => ({ ...person, password: 'wrong', address: `203.0.113.${String(i)}` });
    for (let i = 0; i < 30; i += 1) await expect(logIn(elsewhere(i))).rejects.toMatchObject(denied('CREDENTIALS_INVALID'));
    await expect(logIn(elsewhere(30))).rejects.toMatchObject(denied('TOO_MANY_ATTEMPTS'));
    await logIn(person);
  });
});

describe('the password of a registration', () => {
  it('is needed for its link, so that the reader of an unexpected mail cannot confirm it', async () => {
    const { person: attacker, link, token } = await registered();
    const owner = { ...attacker, password: 'the password of the owner' };
    await expect(confirm(token, owner)).rejects.toMatchObject(denied('CREDENTIALS_INVALID'));
    const page = await confirmOnPage(link, owner.password);
    expect(page).toMatchObject({ status: 422, title: 'Error: Confirm your registration – Reputable' });
    expect(page.text).toContain('This is not the password that was chosen at the registration.');
    expect(page.text).not.toContain(owner.password);
    expect(await accountsOf(owner.email)).toEqual([]);

    // The owner can still register, and the attacker's password is then worth nothing.
    await register(owner);
    const [mail] = await running.mailsTo(owner.email, 2);
    await confirm(tokenIn(new URL(linksIn(mail ?? { text: '' })[0] ?? '')), owner);
    await expect(confirm(token, attacker)).rejects.toMatchObject(denied('LINK_INVALID'));
    await expect(logIn(attacker)).rejects.toMatchObject(denied('CREDENTIALS_INVALID'));
  });

  it('may be wrong five times (A15)', async () => {
    const { person, link, token } = await registered();
    const wrong = { ...person, password: 'wrong horse battery' };
    for (let i = 0; i < 5; i += 1) await expect(confirm(token, wrong)).rejects.toMatchObject(denied('CREDENTIALS_INVALID'));
    await expect(confirm(token, person)).rejects.toMatchObject(denied('TOO_MANY_ATTEMPTS'));
    // The page's browser has another address.
    for (let i = 0; i < 5; i += 1) expect((await confirmOnPage(link, wrong.password)).status).toBe(422);
    const refused = await confirmOnPage(link, person.password);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await accountsOf(person.email)).toEqual([]);
  });

  it('is not checked for a link that does not exist', async () => {
    for (const token of ['x', 'A'.repeat(43)]) await expect(confirm(token, aPerson())).rejects.toMatchObject(denied('LINK_INVALID'));
  });
});

describe('registrations of one address', () => {
  it('stand side by side, until one is confirmed', async () => {
    const { email } = aPerson();
    const rivals = [aPerson(), aPerson()].map((rival, index) => ({ ...rival, email, password: `${rival.password} ${String(index)}` }));
    for (const rival of rivals) await register(rival);
    const [second, first] = await running.mailsTo(email, 2);
    const tokens = [first, second].map((mail) => tokenIn(new URL(linksIn(mail ?? { text: '' })[0] ?? '')));
    const [one, other] = rivals as [Person, Person];
    await expect(confirm(tokens[1] ?? '', one)).rejects.toMatchObject(denied('CREDENTIALS_INVALID'));
    await confirm(tokens[0] ?? '', one);
    await expect(confirm(tokens[1] ?? '', other)).rejects.toMatchObject(denied('LINK_INVALID'));
    await logIn(one);
    await expect(logIn(other)).rejects.toMatchObject(denied('CREDENTIALS_INVALID'));
  });

  it('become one account of 20 concurrent confirmations, with the name and the password of one', async () => {
    const { email } = aPerson();
    const rivals = Array.from({ length: 20 }, (_, index) => ({
      ...aPerson(),
      email,
      password: `correct horse ${String(index)}`,
      address: `198.51.100.${String(index)}`,
    }));
    // The limit on mails to one address is ten.
    for (const rival of rivals.slice(0, 4)) await register(rival);
    const tokens = (await running.mailsTo(email, 4)).toReversed().map((mail) => tokenIn(new URL(linksIn(mail)[0] ?? '')));
    const attempts = Array.from({ length: 20 }, (_, index) => [tokens[index % 4] ?? '', rivals[index % 4] ?? aPerson()] as const);
    const outcomes = await Promise.allSettled(attempts.map(([token, rival]) => confirm(token, rival)));
    const won = outcomes.flatMap((outcome, index) => (outcome.status === 'fulfilled' ? [index] : []));
    expect(won).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(['LINK_INVALID', 'EMAIL_TAKEN', 'TOO_BUSY']).toContain((outcome.reason as Denied).reason);
    }
    const winner = attempts[won[0] ?? -1]?.[1] ?? aPerson();
    const { tokens: session } = await logIn(winner);
    expect(await profiles(session?.userId ?? '')).toMatchObject([{ display_name: winner.displayName }]);
  });
});

describe('an address with an account (A15)', () => {
  it('has the same answer as a free one, and its owner gets a mail', async () => {
    const [owner, free] = [aPerson(), aPerson()];
    await running.create(owner);
    const answers = await Promise.all([owner, free].map(({ email }) => register({ ...aPerson(), email })));
    const [taken, other] = answers.map(({ $typeName, linkExpiresIn, ...rest }) => [$typeName, linkExpiresIn, Object.keys(rest)]);
    expect(taken).toEqual(other);
    const [mail] = await running.mailsTo(owner.email);
    expect(mail?.subject).toBe('You have an account already');
    expect(linksIn(mail ?? { text: '' })).toEqual([`${running.issuer}/forgot-password`]);
    await eventually(async () => {
      expect(await registrationsOf(owner.email)).toEqual([]);
    });
    await logIn(owner);
  });

  it('takes the same time as a free one', async () => {
    const times = new Durations<'taken' | 'free'>();
    for (let turn = 0; turn < 15; turn += 1) {
      const owner = aPerson();
      await running.create(owner);
      for (const [kind, { email }] of [
        ['taken', owner],
        ['free', aPerson()],
      ] as const) {
        await times.measure(kind, () => register({ ...aPerson(), email }));
      }
    }
    expect(times.ratio('taken', 'free')).toBeGreaterThan(1 / 3);
    expect(times.ratio('taken', 'free')).toBeLessThan(3);
  });

  it('since the registration keeps it, and both ways of confirming say so', async () => {
    const { person, link, token } = await registered();
    const owner = { ...person, password: 'the password of the owner' };
    await running.create(owner);
    await expect(confirm(token, person)).rejects.toMatchObject(denied('EMAIL_TAKEN'));
    expect(await confirmOnPage(link, person.password)).toMatchObject({
      status: 409,
      title: 'This address has an account already – Reputable',
    });
    await logIn(owner);
    await expect(logIn(person)).rejects.toMatchObject(denied('CREDENTIALS_INVALID'));
  });
});

describe('the statements of a registration', () => {
  let counter: StatementCounter & { readonly url: string };
  let other: AuthWorld;

  beforeAll(async () => {
    counter = await StatementCounter.start(await createTestDatabase('auth'));
    other = await startOtherAuth({ DATABASE_URL: counter.url });
  });
  afterAll(async () => {
    await other.auth.stop();
    counter.stop();
  });

  /** The outbox runs these, after the answer. */
  const DELIVERY = /FROM "account"|UPDATE registration|DELETE FROM registration/;

  /** What is left of the deadline of the call differs. */
  const withoutTime = (text: string) => text.replace(/(?<=statement_timeout = )\d+/, 'n');

  it('are the same for an address with an account and a free one (A15)', async () => {
    const auth = await other.authAs();
    const statementsOf = async ({ email }: Person) => {
      counter.statements.length = 0;
      await auth.register({ ...aPerson(), email });
      return counter.statements.map(({ text }) => withoutTime(text)).filter((text) => !DELIVERY.test(text));
    };
    // Again if a periodic task, as the look for new keys, ran a statement between them.
    await eventually(async () => {
      const owner = aPerson();
      await other.create(owner);
      const taken = await statementsOf(owner);
      expect(taken.filter((text) => text.includes('INSERT INTO registration'))).toHaveLength(1);
      expect(await statementsOf(aPerson())).toEqual(taken);
    });
  });
});

describe('bad input', () => {
  const good = { email: 'somebody@example.com', password: 'x'.repeat(12), displayName: 'Me', address: '192.0.2.1' };

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
    ['no IP address', { address: '' }, 'address'],
    ['a name in place of an IP address', { address: 'localhost' }, 'address'],
  ])('%s', async (_, bad, field) => {
    const refused = (await running.authAs()).register({ ...good, ...bad });
    await expect(refused).rejects.toMatchObject({ ...denied('INVALID_FIELD'), violations: [{ field }] });
  });

  it.each([
    ['no token', { token: '' }, 'token'],
    ['a huge token', { token: 'x'.repeat(900_000) }, 'token'],
    ['a huge password', { password: 'x'.repeat(900_000) }, 'password'],
    ['a long device', { device: 'x'.repeat(201) }, 'device'],
    ['no IP address', { address: '' }, 'address'],
  ])('of a confirmation: %s', async (_, bad, field) => {
    const request = { token: 'A'.repeat(43), password: good.password, device: '', address: good.address, ...bad };
    const refused = (await running.authAs()).confirmRegistration(request);
    await expect(refused).rejects.toMatchObject({ ...denied('INVALID_FIELD'), violations: [{ field }] });
  });

  it('is reported in one error', async () => {
    const refused = (await running.authAs()).register({ email: 'x', password: 'x', displayName: 'x', address: 'x' });
    const violations = ['email', 'password', 'display_name', 'address'].map((field) => expect.objectContaining({ field }));
    await expect(refused).rejects.toMatchObject({ violations });
  });

  it('is counted in code points: 128 characters of four bytes each are 128', async () => {
    const { person, token } = await registered({ ...aPerson(), password: '🔑'.repeat(128) });
    await confirm(token, person);
    await logIn(person);
  });
});

describe('when the user service is down', () => {
  it('a confirmation says so, and the account is completed without a further try', async () => {
    const [one, other] = [await registered(), await registered()];
    running.toUser.down();
    try {
      await expect(confirm(one.token, one.person)).rejects.toMatchObject(denied('REGISTRATION_INCOMPLETE'));
      expect(await confirmOnPage(other.link, other.person.password)).toMatchObject({
        status: 202,
        title: 'Your account is almost ready – Reputable',
      });
      await expect(confirm(one.token, one.person)).rejects.toMatchObject(denied('LINK_INVALID'));
      await expect(logIn(one.person)).rejects.toMatchObject(denied('CREDENTIALS_INVALID'));
    } finally {
      await running.toUser.up();
    }
    for (const { person } of [one, other]) {
      await recovered(person.email);
      const { tokens } = await eventually(() => logIn(person));
      expect(await profiles(tokens?.userId ?? '')).toMatchObject([{ display_name: person.displayName }]);
    }
  });
});

describe('when auth is killed', () => {
  it('before the profile exists, the next start completes the account', async () => {
    const { person, token } = await registered();
    running.user.process.kill('SIGSTOP');
    const given = expect(confirm(token, person)).rejects.toThrow();
    await eventually(async () => {
      expect(await accountsOf(person.email)).toHaveLength(1);
    });
    await running.auth.stop('SIGKILL');
    running.user.process.kill('SIGCONT');
    await given;
    running.auth = await running.world.restart(running.auth);
    await recovered(person.email);
    const { tokens } = await eventually(() => logIn(person));
    expect(await profiles(tokens?.userId ?? '')).toMatchObject([{ display_name: person.displayName }]);
  });

  it('before the account becomes active, the next start completes it', async () => {
    const { person, token } = await registered();
    const { tokens } = await confirm(token, person);
    const asBefore = "UPDATE account SET state = 'pending', display_name = 'Somebody', held_until = now() WHERE id = $1";
    await query(running.auth.databaseUrl, asBefore, [tokens?.userId]);
    await recovered(person.email);
    await logIn(person);
    expect(await profiles(tokens?.userId ?? '')).toMatchObject([{ display_name: person.displayName }]);
  });
});
