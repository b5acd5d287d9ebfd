import { describe, expect, it } from '@jest/globals';
import { namesOf } from './names.ts';

describe("a service's name", () => {
  it.each([
    ['notification', 'notifications'],
    ['category', 'categories'],
    ['key', 'keys'],
    ['inbox', 'inboxes'],
    ['oauth2', 'oauth2s'],
  ])('may be %s, of which there are %s', (name, names) => {
    expect(namesOf(name)).toMatchObject({ name, names });
  });

  it('is written as each place needs it', () => {
    expect(namesOf('badge')).toEqual({ name: 'badge', Name: 'Badge', names: 'badges', Names: 'Badges', NAME: 'BADGE' });
  });

  it.each([
    ['user-group', ' Try usergroup.'],
    ['UserGroup', ' Try usergroup.'],
    ['2fast', ' Try fast.'],
    ['x', ''],
    ['', ''],
    ['../up', ' Try up.'],
    ['a'.repeat(25), ''],
    ['größe', ' Try gre.'],
  ])('is not %j', (name, hint) => {
    expect(() => namesOf(name)).toThrow(
      new Error(`"${name}" is not a valid service name. Use 2 to 24 lower-case letters and digits, and begin with a letter.${hint}`),
    );
  });

  it.each([
    ['class', 'TypeScript'],
    ['await', 'TypeScript'],
    ['namespace', 'TypeScript'],
    ['order', 'SQL'],
    ['arguments', 'JavaScript modules'],
    ['eval', 'JavaScript modules'],
    ['exports', 'JavaScript modules'],
    ['message', 'Protocol Buffers'],
    ['google', 'this workspace'],
    ['access', 'this workspace'],
    ['promise', 'generated code'],
  ])('is not %s, which is a reserved word', (name, whose) => {
    expect(() => namesOf(name)).toThrow(new Error(`"${name}" is a reserved word in ${whose}. Choose another name.`));
  });
});
