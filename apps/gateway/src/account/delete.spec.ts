import { beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type AccountWorld, type Member, sharedAccountWorld } from './account.fixture.ts';

const PATH = '/account/delete';

let running: AccountWorld;
let ada: Member;

beforeAll(async () => {
  running = await sharedAccountWorld();
});
beforeEach(async () => {
  ada = await running.member();
});

const submit = (password: string) => ada.browser.submit(PATH, { current_password: password });

const emailOf = async ({ auth }: Member) => (await auth.getAccount({})).account?.email;

it('deletes the account, and logs the browser out', async () => {
  expect((await ada.browser.open(PATH)).title).toBe('Delete your account');
  const { status, title, headers } = await submit(ada.password);
  expect([status, title]).toEqual([200, 'Your account is deleted']);
  expect(headers.get('set-cookie')).toMatch(/^__Host-session=;/);
  expect((await ada.browser.open('/account')).status).toBe(303);
  await expect(running.again(ada)).rejects.toMatchObject({ reason: 'CREDENTIALS_INVALID' });
});

it.each<[string, () => ReturnType<typeof submit>]>([
  ['a wrong password', () => submit('canary-wrong-password')],
  ['no password', () => submit('')],
])('refuses %s, names the field, and shows no password', async (_, send) => {
  const { status, title, text } = await send();
  expect([status, title]).toEqual([422, 'Error: Delete your account']);
  expect(text).toContain('<a href="#current_password">Current password: This is not your password.</a>');
  expect(text).not.toContain('canary');
  expect(await emailOf(ada)).toBe(ada.email);
});

it('does not delete the account for a page of another site (A18)', async () => {
  const fields = { current_password: ada.password };
  expect((await ada.browser.submit(PATH, fields, { origin: 'https://elsewhere.example' })).status).toBe(403);
  expect(await emailOf(ada)).toBe(ada.email);
});

it('deletes the account by GraphQL', async () => {
  const send = async (currentPassword: string | null) => {
    const response = await fetch(`http://127.0.0.1:${String(running.gateway.ports.http)}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${ada.accessToken}` },
      body: JSON.stringify({
        query: 'mutation ($currentPassword: String) { deleteAccount(currentPassword: $currentPassword) }',
        variables: { currentPassword },
      }),
    });
    return response.json();
  };
  for (const wrong of ['wrong horse battery', null])
    expect(await send(wrong)).toMatchObject({ errors: [{ extensions: { reason: 'CREDENTIALS_INVALID' } }] });
  expect(await send(ada.password)).toEqual({ data: { deleteAccount: true } });
  await expect(running.again(ada)).rejects.toMatchObject({ reason: 'CREDENTIALS_INVALID' });
});
