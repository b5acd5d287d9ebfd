import { CliError } from '@reputable/cli';
import type { ServiceName } from '@reputable/contracts/registry';
import { writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Watcher } from './watcher.ts';

let root: string;
let watcher: Watcher | undefined;
let restarted: ServiceName[];
let said: string[];
let unsound: string | undefined;
const failing = new Map<ServiceName, string>();

async function save(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, file)), { recursive: true });
  await writeFile(join(root, file), text);
}

const manifest = (name: string, dependencies: Record<string, string> = {}, devDependencies: Record<string, string> = {}) =>
  JSON.stringify({ name: `@reputable/${name}`, dependencies, devDependencies });

async function until(what: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!what()) {
    if (Date.now() > deadline) throw new Error(`This did not come: ${what.toString()}. Said: ${said.join('\n')}`);
    await sleep(10);
  }
}

/** The services that are restarted by a change, once that is over. */
async function restartsOf(change: () => Promise<unknown>): Promise<ServiceName[]> {
  restarted = [];
  said = [];
  await change();
  await until(() => said.some((line) => /^Ready|Not running until|No service is restarted/.test(line)));
  return restarted;
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'watch-'));
  restarted = [];
  said = [];
  failing.clear();
  unsound = undefined;
  await save('libs/auth/package.json', manifest('auth'));
  await save('libs/database/package.json', manifest('database', { '@reputable/auth': '1' }));
  await save('libs/testing/package.json', manifest('testing', { '@reputable/database': '1' }));
  await save('apps/post/package.json', manifest('post', { '@reputable/database': '1' }, { '@reputable/testing': '1' }));
  await save('apps/gateway/package.json', manifest('gateway', { '@reputable/auth': '1' }));
  await save('apps/post/src/post.ts', 'export const one = 1;\n');
  await save('libs/auth/src/auth.ts', 'export const two = 2;\n');
  await save('proto/post.proto', 'syntax = "proto3";\n');
  watcher = await Watcher.open({
    root,
    services: ['gateway', 'post'],
    system: {
      restart: (name) => {
        restarted.push(name);
        const failure = failing.get(name);
        return failure === undefined
          ? Promise.resolve()
          : Promise.reject(new CliError(`${name} does not start: ${failure}`, { cause: 'And more.' }));
      },
    },
    generate: async () => {
      if (unsound !== undefined) throw new Error(unsound);
      await save('libs/auth/src/generated.ts', `export const at = ${String(performance.now())};\n`);
    },
    log: (_, line) => said.push(line),
  });
  // chokidar misses changes in its first moments: it is ready before it watches every folder, and takes a second change within a tick of the file system's
  // clock for none.
  await sleep(100);
});
afterEach(async () => {
  await watcher?.close();
  await rm(root, { recursive: true });
});

describe('a change', () => {
  it('restarts the service it is in, and no other', async () => {
    expect(await restartsOf(() => save('apps/post/src/post.ts', 'export const one = 11;\n'))).toEqual(['post']);
    expect(said).toEqual(['apps/post/src/post.ts changed. Restarting post.', expect.stringMatching(/^Ready after \d+\.\d s: post\.$/)]);
  });

  it('restarts what is made of the library it is in, however far away', async () => {
    expect(await restartsOf(() => save('libs/auth/src/auth.ts', 'export const two = 22;\n'))).toEqual(['gateway', 'post']);
    expect(await restartsOf(() => save('libs/database/src/deep/er/new.ts', 'export {};\n'))).toEqual(['post']);
  });

  it('is seen however an editor saves, and as often', async () => {
    for (const text of ['1', '2', '3']) {
      const replace = async () => {
        await save('apps/post/src/.post.ts.tmp', `export const one = ${text}0;\n`);
        await rename(join(root, 'apps/post/src/.post.ts.tmp'), join(root, 'apps/post/src/post.ts'));
      };
      expect(await restartsOf(replace)).toEqual(['post']);
    }
    expect(await restartsOf(() => rm(join(root, 'apps/post/src/post.ts')))).toEqual(['post']);
  });

  it('is none if nothing is different, or nothing that runs', async () => {
    await save('apps/post/src/post.ts', 'export const one = 1;\n');
    await save('apps/post/src/post.spec.ts', 'it');
    await save('apps/post/README.md', '# Post');
    await save('libs/testing/src/testing.ts', 'export {};\n');
    await sleep(500);
    expect([restarted, said]).toEqual([[], []]);
  });

  it('of many files is one', async () => {
    // Without a pause: the watcher waits for 150 ms after each.
    const many = () => {
      for (const name of ['a', 'b', 'c', 'd']) writeFileSync(join(root, `apps/post/src/${name}.ts`), 'export {};\n');
      return Promise.resolve();
    };
    expect(await restartsOf(many)).toEqual(['post']);
    expect(said[0]).toBe('apps/post/src/a.ts and 3 more changed. Restarting post.');
  });

  it('of the contract makes the code anew, and restarts who uses it', async () => {
    expect(await restartsOf(() => save('proto/post.proto', 'syntax = "proto3"; // More.\n'))).toEqual(['gateway', 'post']);
    expect(said.slice(0, 2)).toEqual([
      'The contract changed. Running npm run proto.',
      'libs/auth/src/generated.ts changed. Restarting gateway, post.',
    ]);
  });
});

describe('a broken save', () => {
  it('restarts nothing if it is no TypeScript, and is told once', async () => {
    expect(await restartsOf(() => save('libs/auth/src/auth.ts', 'export const = ;\n'))).toEqual([]);
    expect(said).toEqual([expect.stringMatching(/^libs\/auth\/src\/auth\.ts has a syntax error\. No service is restarted\.\n/)]);
    expect(await restartsOf(() => save('libs/auth/src/auth.ts', 'export const three = 3;\n'))).toEqual(['gateway', 'post']);
  });

  it('is told once though it fails in all, and the next one is a new start', async () => {
    failing.set('gateway', 'Nothing there.').set('post', 'Nothing there.');
    expect(await restartsOf(() => save('libs/auth/src/auth.ts', 'export {};\n'))).toEqual(['gateway', 'post']);
    expect(said.slice(1)).toEqual([
      'Nothing there.\nAnd more.\nNot running until you save a correction: gateway, post. The other services run.',
    ]);
    failing.delete('post');
    await restartsOf(() => save('libs/auth/src/auth.ts', 'export const four = 4;\n'));
    expect(said.slice(1)).toEqual([
      expect.stringMatching(/^Ready after .*: post\.$/),
      'Nothing there.\nAnd more.\nNot running until you save a correction: gateway. The other services run.',
    ]);
  });

  it('of the contract restarts nothing', async () => {
    unsound = 'post.proto:1: no.';
    expect(await restartsOf(() => save('proto/post.proto', 'syntax = "proto"; // More.\n'))).toEqual([]);
    expect(said.at(-1)).toBe('The contract has faults. No service is restarted.\npost.proto:1: no.');
  });
});
