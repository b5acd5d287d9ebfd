import { join } from 'node:path';
import { CHART, template } from './helm.ts';
import type { Manifest } from './manifest.ts';
import { parse } from './parse.ts';
import { run } from './program.ts';

/** The folder with the base, the component with its settings, and the overlay that is an example. */
export const KUSTOMIZE = join(import.meta.dirname, '../../../deploy/kustomize');
/** The file of the base. */
export const BASE = join(KUSTOMIZE, 'base/services.yaml');

const HEADER = '# The objects of deploy/chart with the values in ../values.yaml. Written by `npm run kustomize`; do not edit.\n';

/** The text of the base. */
export async function base(): Promise<string> {
  const text = await template(CHART, { files: [join(KUSTOMIZE, 'values.yaml')] });
  return `${HEADER}${text.replaceAll(/^# Source: .*\n/gm, '')}`;
}

/** The objects that kubectl builds of an overlay, by its name. */
export const build = async (overlay: string): Promise<readonly Manifest[]> =>
  parse(await run('kubectl', 'kustomize', join(KUSTOMIZE, overlay)));
