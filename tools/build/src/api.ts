import { CliError, runCommand } from '@reputable/cli';
import { onDemand } from '@reputable/on-demand';
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const HELP = `npm run api [-- --check]

Writes reports of the public types of the packages that other projects install, in libs/*/api. A change of a report is a change of the
public interface: docs/releasing.md has the rules.

  --check   writes nothing; prints the difference and fails if a report is not current
`;

const ROOT = resolve(import.meta.dirname, '../../..');

await runCommand({
  name: 'npm run api --',
  help: HELP,
  options: { check: { type: 'boolean', default: false } },
  run: async ({ check }) => {
    const extractor = join(onDemand('package-checks'), 'node_modules/.bin/api-extractor');
    await run(join(ROOT, 'node_modules/.bin/nx'), ['run', 'lib-auth:package']);
    const configs = globSync('libs/*/api/*.json', { cwd: ROOT, exclude: ['**/base.json'] });
    const mode = check ? '--print-api-report-diff' : '--local';
    await Promise.all(configs.map((config) => run(extractor, ['run', mode, '--config', config])));
  },
});

async function run(program: string, args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)(program, args, { cwd: ROOT });
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
    throw new CliError(`${stdout}${stderr}Run npm run api, and review the difference.`);
  }
}
