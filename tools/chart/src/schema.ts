import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Manifest } from './manifest.ts';
import { load, packages } from './packages.ts';

/** A class of a package `kubernetes-models`. Its validator is generated from the OpenAPI document of Kubernetes, or from a CRD. */
interface Model {
  new (object: object): { validate(): void };
}

/** The validator of a kind, without messages. */
type Validate = (object: object) => boolean;

/** The packages, in the order of the search. */
const PACKAGES = ['kubernetes-models', ...['gateway-api', 'cert-manager', 'cloudnative-pg'].map((name) => `@kubernetes-models/${name}`)];

/** A kind for which npm has no schema: the types of its fields in `spec`, which were compared by hand with its CRD. */
const FIELDS: ReadonlyMap<string, Readonly<Record<string, 'string' | 'array' | 'object'>>> = new Map([
  [
    'spire.spiffe.io/v1alpha1/ClusterSPIFFEID',
    {
      className: 'string',
      spiffeIDTemplate: 'string',
      dnsNameTemplates: 'array',
      ttl: 'string',
      namespaceSelector: 'object',
      podSelector: 'object',
    },
  ],
]);

/**
 * The faults of an object against the schema of its kind. These validators accept unknown fields, so a field that the validator does not read
 * is a fault too: it is misspelt, or in the wrong place.
 */
export async function schemaFaults(object: Manifest): Promise<readonly string[]> {
  const kind = `${object.apiVersion}/${object.kind}`;
  const name = `${kind} ${object.metadata.name}`;
  const fields = FIELDS.get(kind);
  if (fields) return fieldFaults(object.spec ?? {}, fields).map((fault) => `${name}: ${fault}`);
  const [model, validate] = await validatorsOf(kind, object.kind);
  if (!model || !validate) return [`${name}: no package has its schema.`];
  try {
    new model(object).validate();
  } catch (error) {
    return [`${name}: ${(error as Error).message}`];
  }
  const unread = new Set<string>();
  validate(watched(object, '', unread));
  return [...unread].map((path) => `${name}: ${path} is not in the schema.`);
}

/** The faults of a `spec` whose fields have these types. */
const fieldFaults = (spec: object, fields: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(spec).flatMap(([field, value]) => {
    const type = Array.isArray(value) ? 'array' : typeof value;
    if (fields[field] === undefined) return [`.spec.${field} is not in the schema.`];
    return fields[field] === type ? [] : [`.spec.${field} must be ${fields[field]}`];
  });

/** The class of a kind, and the validator that its file imports. */
async function validatorsOf(kind: string, name: string): Promise<readonly [(Model | undefined)?, (Validate | undefined)?]> {
  const path = PACKAGES.map((folder) => `${folder}/${kind}.js`).find((each) => existsSync(join(packages(), each)));
  if (path === undefined) return [];
  const [, imported = ''] = /from ?"([^"]*\/_schemas\/[^"]*)"/.exec(readFileSync(join(packages(), path), 'utf8')) ?? [];
  const validator = await load<{ readonly validate: Validate }>(join(dirname(path), imported));
  return [(await load<Readonly<Record<string, Model>>>(path))?.[name], validator?.validate];
}

/** The object, which removes the path of a field from `unread` when it is read. */
function watched<T extends object>(object: T, path: string, unread: Set<string>): T {
  const pathOf = (key: string) => (Array.isArray(object) ? `${path}[${key}]` : `${path}.${key}`);
  const fields = new Map<string, unknown>();
  for (const [key, value] of Object.entries(object)) {
    if (!Array.isArray(object)) unread.add(pathOf(key));
    fields.set(key, typeof value === 'object' && value !== null ? watched(value as object, pathOf(key), unread) : value);
  }
  return new Proxy(object, {
    get(target, key) {
      if (typeof key === 'symbol' || !fields.has(key)) return Reflect.get(target, key) as unknown;
      unread.delete(pathOf(key));
      return fields.get(key);
    },
  });
}
