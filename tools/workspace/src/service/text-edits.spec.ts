import { describe, expect, it } from '@jest/globals';
import { registry } from '@reputable/contracts/registry';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readManifest, root } from '../manifest.ts';
import { withApp, withoutApp } from './lock.ts';
import { namesOf } from './names.ts';
import { portFor } from './ports.ts';
import { formatted, type Service } from './render.ts';
import { REGISTRY, textEdits } from './text-edits.ts';

const textOf = (file: string) => readFileSync(join(root, file), 'utf8');
const files = [...new Set(textEdits.map(({ file }) => file))];
const first: Service = { ...namesOf('badge'), port: 50_100 };
const second: Service = { ...namesOf('a'.repeat(24)), port: 50_101 };

/** A file after all its edits, formatted. */
async function change(file: string, text: string, how: 'add' | 'remove', service: Service): Promise<string> {
  let changed = text;
  for (const place of textEdits.filter((each) => each.file === file)) changed = place[how](changed, service);
  return formatted(file, changed);
}

describe.each(files)('%s', (file) => {
  it('names a service that was added, and is unchanged after its removal', async () => {
    const before = textOf(file);
    const one = await change(file, before, 'add', first);
    const two = await change(file, one, 'add', second);
    expect(one).toContain(first.name);
    expect(two).toContain(second.name);
    expect(await change(file, two, 'remove', second)).toBe(one);
    expect(await change(file, await change(file, two, 'remove', first), 'remove', second)).toBe(before);
  });

  it('is named by the error if the place is gone', () => {
    const [place] = textEdits.filter((each) => each.file === file);
    expect(() => place?.add('nothing', first)).toThrow(`${file} has no text like`);
  });
});

it('an entry of the registry is found after people have changed it', async () => {
  const text = await change(REGISTRY, textOf(REGISTRY), 'add', first);
  const changed = text.replace(/name: 'badge', .*/, "\n    name: 'badge',\n    grpc: 50100,\n    calls: ['user'],\n  },");
  expect(await change(REGISTRY, changed, 'remove', first)).toBe(textOf(REGISTRY));
});

describe('the lock file', () => {
  it('has an app as npm writes it, and is unchanged after its removal', () => {
    const lock = textOf('package-lock.json');
    const app = withApp(lock, 'badge', { ...readManifest('apps/post'), name: '@reputable/badge' });
    expect(withApp(withoutApp(lock, 'post'), 'post', readManifest('apps/post'))).toBe(lock);
    expect(withoutApp(app, 'badge')).toBe(lock);
  });
});

describe('the port', () => {
  const next = Math.max(...registry.map(({ grpc = 0 }) => grpc)) + 1;

  it('is the next one, or the wanted one', () => {
    expect(portFor()).toBe(next);
    expect(portFor(50_900)).toBe(50_900);
  });

  it.each([
    [50_053, `Port 50053 belongs to post. Choose another one, or omit --port: ${next} is free.`],
    [3000, `Port 3000 belongs to gateway. Choose another one, or omit --port: ${next} is free.`],
    [80, '--port 80 is not a port. Choose one from 1024 to 65535.'],
    [Number.NaN, '--port NaN is not a port. Choose one from 1024 to 65535.'],
  ])('is not %d', (port, problem) => {
    expect(() => portFor(port)).toThrow(new Error(problem));
  });
});
