import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './manifest.ts';

interface Result {
  readonly code?: number;
  readonly stdout: string;
  readonly stderr: string;
}

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly scripts: Readonly<Record<string, string>> };
/** Our own programs. Nx has its own help, and npm test passes its arguments to Jest. */
const commands = Object.entries(scripts).flatMap(([name, script]) => {
  const [, program] = /^node --import (@reputable\/run(?:\/compiled)? (?:apps|libs|tools|bench|dist)\/\S+\.[jt]s\b.*)$/.exec(script) ?? [];
  return program === undefined || name === 'test'
    ? []
    : [{ name: name === 'start' ? 'npm start' : `npm run ${name}`, program: program.split(' ') }];
});

const run = (program: readonly string[], ...args: string[]): Promise<Result> =>
  promisify(execFile)(process.execPath, ['--import', ...program, ...args], { cwd: root }).then(
    (result) => ({ ...result, code: 0 }),
    (error: unknown) => error as Result,
  );

describe.each(commands)('$name', ({ name, program }) => {
  it('helps, and says in a line what it does not understand', async () => {
    const [help, misunderstood] = await Promise.all([run(program, '--help'), run(program, '--no-such-option')]);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toContain(name);
    expect(misunderstood).toMatchObject({ code: 2, stdout: '' });
    expect(misunderstood.stderr).toMatch(/^Unknown option '--no-such-option'\. Try .* --help\n$/);
  });
});

describe('the files for VS Code', () => {
  interface Launch {
    readonly configurations: readonly {
      readonly program?: string;
      readonly runtimeExecutable?: string;
      readonly runtimeArgs?: readonly string[];
    }[];
    readonly inputs: readonly { readonly options: readonly string[] }[];
  }
  const { configurations, inputs } = JSON.parse(readFileSync(join(root, '.vscode/launch.json'), 'utf8')) as Launch;

  it('offer every service', () => {
    const apps = globSync('apps/*/package.json', { cwd: root }).map((file) => file.split('/')[1]);
    expect([...(inputs[0]?.options ?? [])].sort()).toEqual(apps.sort());
  });

  it('start what there is', () => {
    const paths = configurations.flatMap(({ program = '', runtimeExecutable = '' }) => [program, runtimeExecutable]);
    const own = paths.filter((path) => path.startsWith('${workspaceFolder}')).map((path) => path.replace('${workspaceFolder}', root));
    expect(own).not.toEqual([]);
    expect(own.filter((path) => !existsSync(path))).toEqual([]);
    const [, script = ''] = configurations.find(({ runtimeExecutable }) => runtimeExecutable === 'npm')?.runtimeArgs ?? [];
    expect(Object.keys(scripts)).toContain(script);
  });
});
