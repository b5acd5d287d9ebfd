import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { beforeAll, describe, expect, it } from '@jest/globals';

const boundaries = '@nx/enforce-module-boundaries';

const refused: [what: string, path: string, code: string, rule: string][] = [
  ['an app by its path', 'apps/post/src/fixture.ts', `import '../../user/src/app.module.ts';`, boundaries],
  ['an app by its name', 'apps/post/src/fixture.ts', `import '@reputable/user';`, boundaries],
  ['an app in a spec', 'apps/post/src/fixture.spec.ts', `import '../../user/src/app.module.ts';`, boundaries],
  ['an app in a library', 'libs/testing/src/fixture.ts', `import '../../../apps/user/src/app.module.ts';`, boundaries],
  ['a tool in an app', 'apps/post/src/fixture.ts', `import '@reputable/pki';`, boundaries],
  ['typeorm in the gateway', 'apps/gateway/src/fixture.ts', `import 'typeorm';`, boundaries],
  ['pg-boss in the gateway', 'apps/gateway/src/fixture.ts', `import 'pg-boss';`, boundaries],
  ['graphql in a service', 'apps/post/src/fixture.ts', `import 'graphql';`, boundaries],
  ['@nestjs/graphql in a service', 'apps/post/src/fixture.ts', `import '@nestjs/graphql';`, boundaries],
  ['graphql in a library', 'libs/errors/src/fixture.ts', `import 'graphql';`, boundaries],
  ['auth in errors', 'libs/errors/src/fixture.ts', `import '@reputable/auth';`, boundaries],
  ['errors in contracts', 'libs/contracts/src/fixture.ts', `import '@reputable/errors';`, boundaries],
  ['database in service', 'libs/service/src/fixture.ts', `import '@reputable/database';`, boundaries],
  ['testing in a library', 'libs/auth/src/fixture.ts', `import '@reputable/testing';`, boundaries],
  ['testing in an app', 'apps/post/src/fixture.ts', `import '@reputable/testing';`, boundaries],
  ['auth/testing in an app', 'apps/post/src/fixture.ts', `import '@reputable/auth/testing';`, 'no-restricted-imports'],
  ['a package that is not declared', 'libs/errors/src/fixture.ts', `import 'typeorm';`, boundaries],
  ['the environment', 'apps/post/src/fixture.ts', 'export const port = process.env.PORT;', 'no-restricted-syntax'],
  [
    'the environment by import',
    'libs/auth/src/fixture.ts',
    `import { env } from 'node:process'; export const { PORT } = env;`,
    'no-restricted-syntax',
  ],
];

const accepted: [what: string, path: string, code: string][] = [
  ['auth in an app', 'apps/post/src/fixture.ts', `import '@reputable/auth';`],
  ['typeorm in a service', 'apps/post/src/fixture.ts', `import 'typeorm';`],
  ['graphql in the gateway', 'apps/gateway/src/fixture.ts', `import 'graphql';`],
  ['contracts in auth', 'libs/auth/src/fixture.ts', `import '@reputable/contracts';`],
  ['testing in the spec of an app', 'apps/post/src/fixture.spec.ts', `import '@reputable/testing';`],
  ['auth/testing in the spec of an app', 'apps/post/src/fixture.spec.ts', `import '@reputable/auth/testing';`],
  ['the environment in config.ts', 'apps/post/src/config.ts', 'export const port = process.env.PORT;'],
];

describe('lint', () => {
  let rules: string[][];

  beforeAll(() => {
    const input = JSON.stringify([...refused, ...accepted].map(([, path, code]) => ({ path, code })));
    const script = join(import.meta.dirname, 'lint-fixtures.js');
    const stdout = execFileSync(process.execPath, [script], { input, encoding: 'utf8', stdio: 'pipe' });
    rules = JSON.parse(stdout) as string[][];
  }, 60_000);

  it.each(refused.map(([what, path, , rule], index) => ({ what, path, rule, index })))('refuses $what ($path)', ({ rule, index }) => {
    expect(rules[index]).toEqual([rule]);
  });

  it.each(accepted.map(([what, path], index) => ({ what, path, index })))('accepts $what ($path)', ({ index }) => {
    expect(rules[refused.length + index]).toEqual([]);
  });
});
