import { beforeAll, describe, expect, it } from '@jest/globals';
import { denied, query } from '@reputable/testing';
import { randomUUID } from 'node:crypto';
import { aPerson, type AuthWorld, expectAudited, sharedAuthWorld } from '../auth.fixture.ts';

let running: AuthWorld;
beforeAll(async () => {
  running = await sharedAuthWorld();
});

/** A member with linked log-ins with these providers, and a client of auth in the member's name. */
async function aMember(...issuers: string[]) {
  const person = aPerson();
  const { tokens } = await running.join(person);
  const id = tokens?.userId ?? '';
  const auth = await running.authAs({ token: await running.exchange(tokens?.accessToken ?? '') });
  for (const issuer of issuers) {
    await query(
      running.auth.databaseUrl,
      'INSERT INTO linked_log_in (id, account_id, issuer, subject, email) VALUES ($1, $2, $3, $4, $5)',
      [randomUUID(), id, issuer, randomUUID(), 'ada@example.com'],
    );
  }
  return { id, auth, email: person.email, links: (await auth.listLinkedLogIns({})).linkedLogIns };
}

const forgetPassword = (id: string) => query(running.auth.databaseUrl, 'UPDATE account SET password_hash = NULL WHERE id = $1', [id]);
const [A, B] = ['https://a.example', 'https://b.example'];

describe('linked log-ins (P23)', () => {
  it('are listed with the issuer of a provider that is no longer in the settings', async () => {
    const { links } = await aMember(A);
    expect(links).toMatchObject([{ provider: '', label: A, email: 'ada@example.com' }]);
    expect(links[0]?.lastUsedAt).toBeUndefined();
  });

  it('can be unlinked, also the last one of an account with a password', async () => {
    const { auth, id: userId, links } = await aMember(A, B);
    for (const { id } of links) await auth.unlinkLogIn({ id });
    expect((await auth.listLinkedLogIns({})).linkedLogIns).toEqual([]);
    await expectAudited(running, 'provider_unlinked', { user_id: userId, issuer: B });
  });

  it('keep the last way in of an account without a password, also under 20 parallel requests', async () => {
    const { auth, id, links } = await aMember(A, B);
    await forgetPassword(id);
    const made = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => auth.unlinkLogIn({ id: links[i % 2]?.id ?? '' })));
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const [last] = (await auth.listLinkedLogIns({})).linkedLogIns;
    await expect(auth.unlinkLogIn({ id: last?.id ?? '' })).rejects.toMatchObject(denied('LAST_WAY_IN'));
    expect((await auth.listLinkedLogIns({})).linkedLogIns).toEqual([last]);
  });

  it('of another user can be neither listed nor unlinked', async () => {
    const [ada, eve] = [await aMember(A), await aMember(A)];
    expect(eve.links).toHaveLength(1);
    await expect(eve.auth.unlinkLogIn({ id: ada.links[0]?.id ?? '' })).rejects.toMatchObject(denied('LINKED_LOG_IN_NOT_FOUND'));
    expect((await ada.auth.listLinkedLogIns({})).linkedLogIns).toEqual(ada.links);
  });
});

describe('an account without a password', () => {
  it.each(['', ' ', 'null', 'undefined'])('cannot log in with the password "%s"', async (password) => {
    const { id, auth, email } = await aMember(A);
    await forgetPassword(id);
    const anyone = await running.authAs();
    const refused = denied(password === '' ? 'INVALID_FIELD' : 'CREDENTIALS_INVALID');
    await expect(anyone.logIn({ email, password, address: '192.0.2.1' })).rejects.toMatchObject(refused);
    await expect(
      auth.changePassword({ currentPassword: 'anything', newPassword: 'another horse battery', address: '192.0.2.1' }),
    ).rejects.toMatchObject(denied('CREDENTIALS_INVALID'));
  });
});
