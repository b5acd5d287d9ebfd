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
    ['user-group', ' usergroup would do.'],
    ['UserGroup', ' usergroup would do.'],
    ['2fast', ' fast would do.'],
    ['x', ''],
    ['', ''],
    ['../up', ' up would do.'],
    ['a'.repeat(25), ''],
    ['größe', ' gre would do.'],
  ])('is not %j', (name, hint) => {
    expect(() => namesOf(name)).toThrow(
      new Error(`"${name}" is no name for a service: it takes 2 to 24 small letters and digits, a letter first.${hint}`),
    );
  });

  it.each([
    ['class', 'TypeScript'],
    ['await', 'TypeScript'],
    ['namespace', 'TypeScript'],
    ['order', 'SQL'],
    ['message', 'Protocol Buffers'],
    ['google', 'this workspace'],
    ['access', 'this workspace'],
    ['promise', 'what is generated'],
  ])('is not %s, which is a word of its own elsewhere', (name, whose) => {
    expect(() => namesOf(name)).toThrow(new Error(`"${name}" means something else in ${whose}. Choose another name.`));
  });
});
