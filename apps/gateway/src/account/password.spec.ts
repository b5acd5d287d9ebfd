import { beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type AccountWorld, type Member, sharedAccountWorld } from './account.fixture.ts';

const PATH = '/account/password';
const NEW = 'another horse battery';

let running: AccountWorld;
let ada: Member;

beforeAll(async () => {
  running = await sharedAccountWorld();
});
beforeEach(async () => {
  ada = await running.member();
});

const change = (current = ada.password, next = NEW, again = next) =>
  ada.browser.submit(PATH, { current_password: current, new_password: next, again });

it('changes the password, and ends the other sessions', async () => {
  const other = await running.again(ada);
  const { status, text } = await change();
  expect(status).toBe(200);
  expect(text).toContain('role="status">Your password is changed. Other sessions that have ended: 2.</p>');
  expect((await other.browser.open(PATH)).status).toBe(303);
  await ada.auth.changePassword({ currentPassword: NEW, newPassword: ada.password, address: '192.0.2.1' });
});

it.each<[string, () => ReturnType<typeof change>, string, string]>([
  ['a wrong current password', () => change('canary-wrong-password'), 'current_password', 'Current password: This is not your password.'],
  ['no current password', () => change(''), 'current_password', 'Current password: Must have 1 to 128 characters.'],
  ['a short new password', () => change(ada.password, 'canary'), 'new_password', 'New password: Must have 12 to 128 characters.'],
  ['two new passwords', () => change(ada.password, NEW, 'canary-another-one'), 'again', 'New password again: Must be the new password.'],
])('refuses %s, names the field, and shows no password', async (_what, submit, field, message) => {
  const { status, title, text } = await submit();
  expect([status, title]).toEqual([422, 'Error: Password']);
  expect(text).toContain(`<a href="#${field}">${message}</a>`);
  expect(text).toMatch(new RegExp(`id="${field}"[^>]*aria-invalid="true" aria-describedby="problem" autofocus`));
  for (const secret of ['canary', NEW, ada.password]) expect(text).not.toContain(secret);
});

it('is refused after too many guesses, with the time to wait', async () => {
  for (let guess = 1; guess <= 5; guess += 1) expect((await change('canary-wrong-password')).status).toBe(422);
  const { status, headers, text } = await change();
  expect(status).toBe(429);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  expect(text).toMatch(/<p>Too many attempts\. Try again in \d+ seconds\.<\/p>/);
});

it('is not changed for a page of another site (A18)', async () => {
  const fields = { current_password: ada.password, new_password: NEW, again: NEW };
  expect((await ada.browser.submit(PATH, fields, { origin: 'https://elsewhere.example' })).status).toBe(403);
  await running.again(ada);
});

it('keeps passwords out of the log (A20)', async () => {
  await change('canary-wrong-password');
  expect(running.gateway.log()).not.toContain('canary');
});
