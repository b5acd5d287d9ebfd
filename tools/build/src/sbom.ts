import { CliError, runCommand, UsageError } from '@reputable/cli';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { type Bundled, imageLock, type LockedPackages } from './image-lock.ts';

const HELP = `npm run sbom -- <folder>

Prints the npm packages in the image of a service, in the format CycloneDX, with their checksums and licences. The folder is that of its build, such
as dist/apps/post, which npm run build writes.
`;

const read = <T>(file: string) => JSON.parse(readFileSync(file, 'utf8')) as T;

await runCommand({
  name: 'npm run sbom',
  help: HELP,
  words: 1,
  run: (_, [folder]) => {
    if (folder === undefined) throw new UsageError('Name the folder of a build, such as dist/apps/post.');
    if (!existsSync(join(folder, 'package.json'))) throw new CliError(`${folder} has no package.json. Run npm run build first.`);
    const { packages } = read<{ readonly packages: LockedPackages }>(resolve(import.meta.dirname, '../../../package-lock.json'));
    const lock = imageLock(read<Bundled>(join(folder, 'package.json')), packages);
    const temporary = mkdtempSync(join(tmpdir(), 'reputable-sbom-'));
    // npm names the SBOM by its folder.
    const own = join(temporary, basename(folder));
    try {
      mkdirSync(own);
      writeFileSync(join(own, 'package.json'), JSON.stringify(lock.packages['']));
      writeFileSync(join(own, 'package-lock.json'), JSON.stringify(lock));
      const options = ['--sbom-format', 'cyclonedx', '--package-lock-only'];
      execFileSync('npm', ['sbom', ...options], { cwd: own, stdio: 'inherit', shell: process.platform === 'win32' });
    } finally {
      rmSync(temporary, { recursive: true });
    }
  },
});
