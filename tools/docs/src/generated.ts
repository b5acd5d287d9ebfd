import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configurationPage, undocumented } from './configuration-page.ts';
import { registry, registryFaults } from '@reputable/contracts/registry';
import { BAKE_FILE, bakeFile } from './registry/bake-file.ts';
import { readCallers } from './registry/callers.ts';
import { CHART_FILE, chartFile, DATABASE_CHART_FILE, databaseChartFile } from './registry/chart-file.ts';
import { COMPOSE_FILE, composeFile } from './registry/compose-file.ts';
import { envExample, withoutExample } from './registry/env-example.ts';
import { launchFile } from './registry/launch-file.ts';
import { withRegion } from './registry/region.ts';
import { serviceTable } from './registry/service-table.ts';
import { readModules } from './modules.ts';
import { modulesPicture } from './modules-picture.ts';
import { readSettings, type Setting } from './settings.ts';

/** The page with the picture of the modules. */
const PICTURE = 'docs/architecture.md';
const PICTURE_BLOCK = /(<!-- npm run docs: modules -->\n+```mermaid\n)[^]*?(```\n)/;

/** The output of `npm run docs`. */
export interface Generated {
  /** The contents of files, by their paths. */
  readonly pages: ReadonlyMap<string, string>;
  /** Faults that prevent generation, one line each. */
  readonly faults: readonly string[];
}

/** Generates the documentation from the current sources. */
export async function generated(root: string): Promise<Generated> {
  const unsound = registryFaults(registry);
  if (unsound.length > 0) return { pages: new Map(), faults: unsound };
  const settings = await readSettings(root);
  const launcher = await launcherSettings(root);
  const textOf = (file: string) => readFileSync(join(root, file), 'utf8');
  const picture = modulesPicture(readModules());
  const architecture = withRegion(PICTURE, textOf(PICTURE), 'services', await serviceTable());
  const pages = new Map([
    ['docs/configuration.md', configurationPage(settings, launcher)],
    ['.env.example', envExample(settings, launcher)],
    [COMPOSE_FILE, composeFile(textOf(COMPOSE_FILE))],
    [BAKE_FILE, bakeFile(textOf(BAKE_FILE))],
    [CHART_FILE, chartFile(await readCallers())],
    [DATABASE_CHART_FILE, databaseChartFile()],
    ['.vscode/launch.json', launchFile(textOf('.vscode/launch.json'))],
    [PICTURE, architecture.replace(PICTURE_BLOCK, (_, before: string, after: string) => `${before}${picture}${after}`)],
  ]);
  const faults = [...undocumented(settings), ...withoutExample(settings)];
  if (!PICTURE_BLOCK.test(architecture)) faults.push(`${PICTURE}: the marker for the picture of the modules is missing.`);
  return { pages, faults };
}

/** The settings in `npm start -- --help`. */
export async function launcherSettings(root: string): Promise<readonly Setting[]> {
  const { HELP } = (await import(join(root, 'tools/dev/src/help.ts'))) as { readonly HELP: string };
  return [...HELP.matchAll(/^ {2}([A-Z_]+) +(\S*?) {2,}(.*)$/gm)].map(([, name = '', preset = '', what = '']) => ({
    ...{ name, preset, required: false },
    what: `${what.charAt(0).toUpperCase()}${what.slice(1)}.`,
  }));
}
