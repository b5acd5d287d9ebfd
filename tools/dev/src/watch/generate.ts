import { execFile } from 'node:child_process';
import { join } from 'node:path';

/** Runs `npm run proto`; rejects with all that it says of a contract that is not sound. */
export function generate(root: string): Promise<void> {
  const program = ['--import', '@reputable/run', join(root, 'tools/proto/src/main.ts')];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, program, { cwd: root }, (error, _, stderr) => {
      if (error) reject(new Error(stderr.trim(), { cause: error }));
      else resolve();
    });
  });
}
