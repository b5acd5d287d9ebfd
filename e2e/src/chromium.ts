import { type Browser, chromium } from 'playwright-core';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What it is called where people install it. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const ON_A_MAC = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

/** A Chromium that is installed here: that of CHROMIUM_PATH, or one on the PATH. */
export function findChromium(): string | undefined {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return process.env['CHROMIUM_PATH'] ?? [...onPath, ON_A_MAC].find((path) => existsSync(path));
}

/** Starts it, without a window. */
export function launchChromium(executablePath: string): Promise<Browser> {
  // Its sandbox does not work for root, which one is in most containers.
  return chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 });
}
