import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { beforeAll, describe, expect, it } from '@jest/globals';

const byPath = /cannot be imported by a relative or absolute path/;
const layer = /can only depend on libs tagged with/;
const cycle = /Circular dependency between/;
const undeclared = /Only packages defined in the .package.json. can be imported/;
const environment = /Only config.ts reads the environment/;

const refused: [what: string, file: string, code: string, problem: RegExp][] = [
  ['an app by its path', 'apps/post/src/fixture.ts', `import '../../user/src/app.module.ts';`, byPath],
  ['an app by its name', 'apps/post/src/fixture.ts', `import '@reputable/user';`, undeclared],
  ['an app in a spec', 'apps/post/src/fixture.spec.ts', `import '../../user/src/app.module.ts';`, byPath],
  ['an app in a library', 'libs/testing/src/fixture.ts', `import '../../../apps/user/src/app.module.ts';`, byPath],
  ['a tool in an app', 'apps/post/src/fixture.ts', `import '@reputable/pki';`, layer],
  ['typeorm in the gateway', 'apps/gateway/src/fixture.ts', `import 'typeorm';`, /not allowed to import .typeorm./],
  ['pg-boss in the gateway', 'apps/gateway/src/fixture.ts', `import 'pg-boss';`, /not allowed to import .pg-boss./],
  ['graphql in a service', 'apps/post/src/fixture.ts', `import 'graphql';`, /not allowed to import .graphql./],
  ['@nestjs/graphql in a service', 'apps/post/src/fixture.ts', `import '@nestjs/graphql';`, /not allowed to import .@nestjs\/graphql./],
  ['graphql in a library', 'libs/errors/src/fixture.ts', `import 'graphql';`, /not allowed to import .graphql./],
  ['auth in errors', 'libs/errors/src/fixture.ts', `import '@reputable/auth';`, cycle],
  ['errors in contracts', 'libs/contracts/src/fixture.ts', `import '@reputable/errors';`, cycle],
  ['page in database', 'libs/database/src/fixture.ts', `import '@reputable/page';`, layer],
  ['testing in a library', 'libs/auth/src/fixture.ts', `import '@reputable/testing';`, layer],
  ['testing in an app', 'apps/post/src/fixture.ts', `import '@reputable/testing';`, layer],
  ['auth/testing in an app', 'apps/post/src/fixture.ts', `import '@reputable/auth/testing';`, /Only specs import this/],
  ['a package that is not declared', 'libs/errors/src/fixture.ts', `import 'typeorm';`, undeclared],
  ['the environment', 'apps/post/src/fixture.ts', 'export const port = process.env.PORT;', environment],
  [
    'the environment by import',
    'libs/auth/src/fixture.ts',
    `import { env } from 'node:process'; export const { PORT } = env;`,
    environment,
  ],
];

const accepted: [what: string, file: string, code: string][] = [
  ['auth in an app', 'apps/post/src/fixture.ts', `import '@reputable/auth';`],
  ['typeorm in a service', 'apps/post/src/fixture.ts', `import 'typeorm';`],
  ['graphql in the gateway', 'apps/gateway/src/fixture.ts', `import 'graphql';`],
  ['contracts in auth', 'libs/auth/src/fixture.ts', `import '@reputable/contracts';`],
  ['testing in the spec of an app', 'apps/post/src/fixture.spec.ts', `import '@reputable/testing';`],
  ['auth/testing in the spec of an app', 'apps/post/src/fixture.spec.ts', `import '@reputable/auth/testing';`],
  ['the environment in config.ts', 'apps/post/src/config.ts', 'export const port = process.env.PORT;'],
];

describe('lint', () => {
  let problems: string[][];

  beforeAll(() => {
    const input = JSON.stringify([...refused, ...accepted].map(([, file, code]) => ({ path: file, code })));
    const script = join(import.meta.dirname, 'lint-fixtures.js');
    const stdout = execFileSync(process.execPath, [script], { input, encoding: 'utf8', stdio: 'pipe' });
    problems = JSON.parse(stdout) as string[][];
  });

  it.each(refused.map(([what, file, , problem], index) => ({ what, file, problem, index })))(
    'refuses $what ($file)',
    ({ problem, index }) => {
      expect(problems[index]).toContainEqual(expect.stringMatching(problem));
    },
  );

  it.each(accepted.map(([what, file], index) => ({ what, file, index })))('accepts $what ($file)', ({ index }) => {
    expect(problems[refused.length + index]).toEqual([]);
  });
});
