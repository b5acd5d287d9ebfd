import { beforeAll, describe, expect, it } from '@jest/globals';
import { SERVICES } from '@reputable/contracts/registry';
import { ensureBuilt, root } from '@reputable/run/build';
import { globSync, readFileSync } from 'node:fs';
import type { SourceMapPayload } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { SCHEMES } from './forwarded.ts';
import { PATH } from './introspection.ts';

beforeAll(() => {
  ensureBuilt();
});

const textOf = (file: string) => readFileSync(join(root, file), 'utf8');

/** The sources of a bundle, relative to the workspace. */
const sourcesOf = (file: string) =>
  (JSON.parse(textOf(file)) as SourceMapPayload).sources.map((source) => relative(root, resolve(root, dirname(file), source)));

describe.each(SERVICES)('the build of %s', (name) => {
  const folder = `dist/apps/${name}/src`;

  it('is from the sources of the service and the libraries alone', () => {
    const sources = globSync(`${folder}/**/*.js.map`, { cwd: root }).flatMap(sourcesOf);
    expect(sources).toContain(`apps/${name}/src/app.module.ts`);
    expect(sources.filter((source) => !/^(apps|libs|node_modules)\//.test(source))).toEqual([]);
  });

  it('believes no claims without a signature, and asks no introspection of a benchmark', () => {
    const files = globSync(`${folder}/**/*.js`, { cwd: root });
    expect(files).toContain(`${folder}/app.module.js`);
    // A bundle may have either quotes.
    const markers = [PATH, ...Object.values(SCHEMES)].flatMap((text) => [`'${text}'`, `"${text}"`]);
    expect(files.filter((file) => markers.some((marker) => textOf(file).includes(marker)))).toEqual([]);
  });
});
