import { expect, it } from '@jest/globals';
import { Passwords } from './passwords.ts';

it('no password matches an account without one, not even that of the decoy', async () => {
  const passwords = new Passwords();
  for (const missing of [null, undefined]) expect(await passwords.matches(missing, '')).toBe(false);
  expect(await passwords.matches(await passwords.hash('correct horse battery'), 'correct horse battery')).toBe(true);
});
