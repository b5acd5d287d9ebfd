import { onDemand } from '@reputable/on-demand';
import startPostgres from '../tools/workspace/jest/start-postgres.js';
import { installedChromium, packagedChromium } from './src/installed-chromium.ts';

/** Installs the programs that specs start, before the workers do. Beside other specs, an installation would take their time. */
export default async () => {
  onDemand('buf');
  if (installedChromium() === undefined) packagedChromium();
  await startPostgres();
};
