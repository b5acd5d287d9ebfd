import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Tokens } from '@reputable/contracts/auth/v1/auth';
import { type Denied, denied, eventually, query } from '@reputable/testing';
import { aPerson, type AuthWorld, sharedAuthWorld } from '../auth.fixture.ts';

let running: AuthWorld;

beforeAll(async () => {
  running = await sharedAuthWorld();
});

const NEW = 'another horse battery';

async function aMember() {
  const person = aPerson();
  return { person, tokens: await signed(await running.join(person)) };
}

const logIn = async (person: ReturnType<typeof aPerson>) => signed(await (await running.authAs()).logIn(person));

/** The tokens, with the JWT that the gateway gets for the opaque access token. */
async function signed({ tokens }: { tokens?: Tokens | undefined }): Promise<Tokens> {
  return { ...(tokens as Tokens), accessToken: await running.exchange(tokens?.accessToken ?? '') };
}

const authAs = ({ accessToken }: Tokens) => running.authAs({ token: accessToken });

const change = async (tokens: Tokens, currentPassword: string, newPassword = NEW) =>
  (await authAs(tokens)).changePassword({ currentPassword, newPassword, address: '192.0.2.1' });

const sessionsOf = async ({ userId }: Tokens) =>
  (await query(running.auth.databaseUrl, 'SELECT FROM session WHERE account_id = $1 AND ended_at IS NULL', [userId])).length;

describe('changing the password', () => {
  it('accepts the new password and refuses the old one', async () => {
    const { person, tokens } = await aMember();
    expect(await change(tokens, person.password)).toMatchObject({ ended: 0 });
    await expect(logIn(person)).rejects.toMatchObject(denied('CREDENTIALS_INVALID'));
    await logIn({ ...person, password: NEW });
  });

  it('ends all other sessions and revokes their tokens; the current session continues (A5)', async () => {
    const { person, tokens } = await aMember();
    const other = await logIn(person);
    expect(await change(tokens, person.password)).toMatchObject({ ended: 1 });
    const auth = await running.authAs();
    const refresh = ({ refreshToken }: Tokens) => auth.refresh({ refreshToken, address: person.address });
    await expect(refresh(other)).rejects.toMatchObject(denied('REFRESH_TOKEN_INVALID'));
    await eventually(async () => {
      await expect((await authAs(other)).listSessions({})).rejects.toMatchObject(denied('TOKEN_REVOKED'));
    }, 1_000);
    expect((await (await authAs(tokens)).listSessions({})).sessions).toHaveLength(1);
    await refresh(tokens);
  });

  it('requires the current password', async () => {
    const { tokens } = await aMember();
    const refused = change(tokens, 'wrong horse battery');
    await expect(refused).rejects.toMatchObject(denied('CREDENTIALS_INVALID', {}));
    await expect(refused).rejects.toThrow('The current password is wrong.');
  });

  it('does not bypass the limit on wrong passwords (A15)', async () => {
    const { person, tokens } = await aMember();
    for (let i = 0; i < 5; i += 1) await expect(change(tokens, 'wrong horse battery')).rejects.toMatchObject(denied('CREDENTIALS_INVALID'));
    await expect(change(tokens, person.password)).rejects.toMatchObject(denied('TOO_MANY_ATTEMPTS'));
    await expect(logIn(person)).rejects.toMatchObject(denied('TOO_MANY_ATTEMPTS'));
  });

  it('succeeds once of five concurrent requests', async () => {
    const { person, tokens } = await aMember();
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, (_, i) => change(tokens, person.password, `${NEW} ${String(i)}`)));
    const won = outcomes.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []));
    expect(won).toHaveLength(1);
    await logIn({ ...person, password: `${NEW} ${String(won[0])}` });
  });

  it('leaves no session to a concurrent log-in with the old password', async () => {
    const { person, tokens } = await aMember();
    const auth = await running.authAs();
    const logIns = Array.from({ length: 3 }, () => auth.logIn(person));
    const [changed, ...outcomes] = await Promise.allSettled([change(tokens, person.password), ...logIns]);
    expect(changed.status).toBe('fulfilled');
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect((outcome.reason as Denied).reason).toBe('CREDENTIALS_INVALID');
    }
    expect(await sessionsOf(tokens)).toBe(1);
  });

  it.each([
    ['a short password', { newPassword: 'x'.repeat(11) }, 'new_password'],
    ['a huge password', { newPassword: 'x'.repeat(900_000) }, 'new_password'],
    ['a huge current password', { currentPassword: 'x'.repeat(900_000) }, 'current_password'],
    ['no address', { address: '' }, 'address'],
  ])('refuses %s', async (_, bad, field) => {
    const { person, tokens } = await aMember();
    const request = { currentPassword: person.password, newPassword: NEW, address: '192.0.2.1', ...bad };
    await expect((await authAs(tokens)).changePassword(request)).rejects.toMatchObject({
      ...denied('INVALID_FIELD'),
      violations: [{ field }],
    });
  });
});
