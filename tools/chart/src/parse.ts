import type { Manifest } from './manifest.ts';
import { load } from './packages.ts';

interface Yaml {
  readonly parseAllDocuments: (text: string, options: { readonly version: '1.1' }) => readonly { toJS(): Manifest | null }[];
}

/** The objects in a YAML text, read as Kubernetes reads it. */
export async function parse(text: string): Promise<readonly Manifest[]> {
  const yaml = await load<{ readonly default: Yaml }>('yaml/dist/index.js');
  if (!yaml) throw new Error('The package yaml is not installed.');
  return yaml.default.parseAllDocuments(text, { version: '1.1' }).flatMap((document) => document.toJS() ?? []);
}
