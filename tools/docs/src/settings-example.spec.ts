import { beforeAll, describe, expect, it } from '@jest/globals';
import { entryOf, peersOf, registry, urlSettingOf } from '@reputable/contracts/registry';
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { z } from 'zod';
import { readExamples } from './settings-example.ts';

const root = resolve(import.meta.dirname, '../../..');
const examples = readExamples(readFileSync(join(root, '.env.example'), 'utf8'));
const apps = globSync('apps/*/src/config.ts', { cwd: root }).map((file) => file.split('/')[1] ?? '');

/** Nobody may import an app; that its settings are written down can be seen in no other way. */
const load = (file: string) => import(join(root, file)) as Promise<Record<string, unknown>>;

/** A setting as its schema has it: the default is undefined where there is none. */
const settingOf = ([name, schema]: [string, z.ZodType]) => {
  const absent = schema.safeParse(undefined);
  return { name, required: !absent.success, value: absent.success ? absent.data : undefined };
};

describe('.env.example', () => {
  it('has a block for each app, and one for npm start', () => {
    expect([...examples.keys()].sort()).toEqual([...apps, 'npm start'].sort());
  });

  describe.each(apps)('for %s', (app) => {
    const block = examples.get(app) ?? [];
    let config: z.ZodObject;
    beforeAll(async () => {
      config = (await load(`apps/${app}/src/config.ts`)).Config as z.ZodObject;
    });

    it('has every setting once, and says which must be set', () => {
      const settings = Object.entries(config.shape).map(settingOf);
      const short = (all: readonly { name: string; required: boolean }[]) =>
        all.map(({ name, required }) => `${required ? '' : '#'}${name}`);
      expect(short(block).sort()).toEqual(short(settings).sort());
    });

    it('shows the defaults as they are', () => {
      const defaults = Object.entries(config.shape)
        .map(settingOf)
        .filter(({ value }) => value !== undefined);
      const shown = new Map(block.map(({ name, value }) => [name, value]));
      expect(defaults.map(({ name }) => [name, shown.get(name)])).toEqual(defaults.map(({ name, value }) => [name, String(value)]));
    });

    it('has the ports and the peers of the registry', () => {
      const entry = entryOf(app);
      const presetOf = (name: string) => (config.shape[name] as z.ZodType | undefined)?.safeParse(undefined).data;
      expect([presetOf('PORT'), presetOf('GRPC_PORT')]).toEqual([entry.http, entry.grpc]);
      const urls = registry
        .map(({ name }) => urlSettingOf(name))
        .filter((name) => name in config.shape && name !== urlSettingOf('gateway'));
      expect(urls.sort()).toEqual(peersOf(entry).map(urlSettingOf).sort());
      expect('DATABASE_URL' in config.shape).toBe(entry.database);
      expect(Object.keys(config.shape)).toEqual(expect.arrayContaining([...entry.secrets]));
    });

    it('has values that are accepted', () => {
      const result = config.safeParse(Object.fromEntries(block.map(({ name, value }) => [name, value])));
      expect(result.error?.issues).toBeUndefined();
    });
  });

  it('has what `npm start -- --help` tells of', async () => {
    const { HELP } = (await load('tools/dev/src/help.ts')) as { HELP: string };
    const told = [...HELP.matchAll(/^ {2}([A-Z_]+) +(\S*?) {2,}/gm)].map(([, name, value]) => `#${name ?? ''}=${value ?? ''}`);
    const block = examples.get('npm start') ?? [];
    expect(block.map(({ name, value }) => `#${name}=${value}`).sort()).toEqual(told.sort());
  });
});
