import { PORT_SETTINGS } from '@reputable/dev';
import { root } from '@reputable/run/build';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Free ports for all services. */
const FREE_PORTS = Object.fromEntries(Object.values(PORT_SETTINGS).map(([setting]) => [setting, '0']));

/** Runs `npm start` in a data folder until the system is ready, then stops it. Returns the time until it was ready, in seconds. */
export async function npmStart(dataDir: string): Promise<number> {
  const began = performance.now();
  const env = { ...process.env, ...FREE_PORTS, REPUTABLE_DATA: dataDir };
  // In a process group of its own, as in a terminal.
  const npm = spawn('npm', ['start'], { cwd: root, env, detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(npm, 'close');
  let isReady = false;
  for await (const line of createInterface(npm.stdout)) {
    isReady = line.includes('Ready after');
    if (isReady) break;
  }
  const seconds = (performance.now() - began) / 1000;
  if (isReady && npm.pid !== undefined) process.kill(-npm.pid, 'SIGINT');
  await ended;
  if (!isReady) throw new Error('npm start did not start the system.');
  return seconds;
}
