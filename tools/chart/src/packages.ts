import { onDemand } from '@reputable/on-demand';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The folder of the packages for Kubernetes. Installs them at their first use. */
export const packages = (): string => join(onDemand('kubernetes'), 'node_modules');

/** Imports a module of these packages by its path, without its types. Undefined if the file does not exist. */
export async function load<T>(path: string): Promise<T | undefined> {
  const file = join(packages(), path);
  return existsSync(file) ? ((await import(pathToFileURL(file).href)) as T) : undefined;
}
