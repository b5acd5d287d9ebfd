import { join } from 'node:path';
import type { Manifest } from './manifest.ts';
import { parse } from './parse.ts';
import { run } from './program.ts';

const DEPLOY = join(import.meta.dirname, '../../../deploy');

/** The folder of the chart of the services. */
export const CHART = join(DEPLOY, 'chart');
/** The folder of the chart of their databases. */
export const DATABASE_CHART = join(DEPLOY, 'database-chart');

/** Values for a chart: files in its folder, other files, then single values over them. */
export interface Values {
  /** Names of files in `examples`, without `.yaml`. */
  readonly examples?: readonly string[];
  /** Paths of other files. */
  readonly files?: readonly string[];
  /** Single values as JSON, by their path: `services.post.replicas`. */
  readonly set?: Readonly<Record<string, unknown>>;
}

const argumentsOf = (chart: string, { examples = [], files = [], set = {} }: Values): readonly string[] => [
  chart,
  ...[...examples.map((name) => join(chart, `examples/${name}.yaml`)), ...files].flatMap((file) => ['--values', file]),
  ...Object.entries(set).flatMap(([path, value]) => ['--set-json', `${path}=${JSON.stringify(value)}`]),
];

/**
 * The YAML text of a chart with these values, hooks included.
 *
 * @throws {Error} with Helm's output, if the values do not fit the schema or each other
 */
export const template = (chart: string, values: Values): Promise<string> =>
  run('helm', 'template', 'reputable', '--namespace', 'reputable', ...argumentsOf(chart, values));

/** The objects of a chart with these values, hooks included. Throws as `template` does. */
export const render = async (chart: string, values: Values): Promise<readonly Manifest[]> => parse(await template(chart, values));

/** Helm's own check of a chart. */
export const lint = (chart: string, values: Values): Promise<string> => run('helm', 'lint', '--strict', ...argumentsOf(chart, values));
