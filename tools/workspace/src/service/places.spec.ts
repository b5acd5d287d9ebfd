import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readManifest, root } from '../manifest.ts';
import { withApp, withoutApp } from './lock.ts';
import { namesOf } from './names.ts';
import { places } from './places.ts';
import { portFor, portsIn, portTable } from './ports.ts';
import { formatted, type Service } from './render.ts';

const textOf = (file: string) => readFileSync(join(root, file), 'utf8');
const files = [...new Set(places.map(({ file }) => file))];
const first: Service = { ...namesOf('badge'), port: 50_100 };
const second: Service = { ...namesOf('a'.repeat(24)), port: 50_101 };

/** A file with a change at every place it has, as lint wants it. */
async function change(file: string, text: string, how: 'add' | 'remove', service: Service): Promise<string> {
  let changed = text;
  for (const place of places.filter((each) => each.file === file)) changed = place[how](changed, service);
  return formatted(file, changed);
}

describe.each(files)('%s', (file) => {
  it('names a service that is added, and is as it was when that is removed', async () => {
    const before = textOf(file);
    const one = await change(file, before, 'add', first);
    const two = await change(file, one, 'add', second);
    expect(one).toContain(first.name);
    expect(two).toContain(second.name);
    expect(await change(file, two, 'remove', second)).toBe(one);
    expect(await change(file, await change(file, two, 'remove', first), 'remove', second)).toBe(before);
  });

  it('says so where the place is gone', () => {
    const [place] = places.filter((each) => each.file === file);
    expect(() => place?.add('nothing', first)).toThrow(`${file} has no`);
  });
});

it('a line is found though it was changed', async () => {
  const text = await change(portTable, textOf(portTable), 'add', first);
  const changed = text.replace(/badge: .*/, "badge: { port: 50100, calls: ['auth', 'user'] },");
  expect(await change(portTable, changed, 'remove', first)).toBe(textOf(portTable));
});

describe('the lock file', () => {
  it('has what npm would write, and is as it was afterwards', () => {
    const lock = textOf('package-lock.json');
    const app = withApp(lock, 'badge', { ...readManifest('apps/post'), name: '@reputable/badge' });
    expect(withApp(withoutApp(lock, 'post'), 'post', readManifest('apps/post'))).toBe(lock);
    expect(withoutApp(app, 'badge')).toBe(lock);
  });
});

describe('the port', () => {
  const table = textOf(portTable);
  const next = Math.max(...portsIn(table).values()) + 1;

  it('is the next one, or that which is wished for', () => {
    expect(portFor(table)).toBe(next);
    expect(portFor(table, 50_900)).toBe(50_900);
  });

  it.each([
    [50_053, `Port 50053 is that of post. Choose another one, or leave --port out: ${next} is free.`],
    [3000, `Port 3000 is that of gateway. Choose another one, or leave --port out: ${next} is free.`],
    [80, '80 is no port: choose one from 1024 to 65535.'],
    [Number.NaN, 'NaN is no port: choose one from 1024 to 65535.'],
  ])('is not %d', (port, problem) => {
    expect(() => portFor(table, port)).toThrow(new Error(problem));
  });
});
