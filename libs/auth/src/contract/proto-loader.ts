import { type DescField, type DescMessage, fromJson, type JsonObject, type JsonValue } from '@bufbuild/protobuf';
import { loadSync, type MethodDefinition, type Options, type PackageDefinition, type ServiceDefinition } from '@grpc/proto-loader';
import { type Access, AccessSchema } from '@reputable/contracts/access/v1/access';
import { join } from 'node:path';
import { type Contract, effectsOf, refusingMalformed } from './contract.ts';

/** The options of Nest's gRPC transport that choose the contract. */
export interface ProtoOptions {
  /** The packages whose services are served. */
  readonly package: string | readonly string[];
  readonly protoPath: string | string[];
  /** The file of the access option needs no entry in `includeDirs`. */
  readonly loader?: Options;
}

const OPTION = '(reputable.access.v1.access)';

/** The folder with the file of the access option. The package of this library has the same layout as its workspace. */
const OWN_PROTO = join(import.meta.dirname, '../../../../proto');

/**
 * Contracts that `@grpc/proto-loader` reads from `.proto` files at start, for `serves`.
 *
 * @example
 * serves: fromProto({ package: 'acme.invoice.v1', protoPath: 'acme/invoice/v1/invoice.proto', loader: { includeDirs: ['proto'] } })
 * @throws Error if a package has no service
 */
export function fromProto({ package: packages, protoPath, loader = {} }: ProtoOptions): Contract[] {
  const definitions = loadSync(protoPath, { ...loader, includeDirs: [...(loader.includeDirs ?? []), OWN_PROTO] });
  return [packages].flat().flatMap((name) => {
    const services = Object.entries(definitions).filter(isServiceOf(name)).map(contractOf);
    if (services.length === 0) throw new Error(`${[protoPath].flat().join(', ')} has no service in package ${name}.`);
    return services;
  });
}

type Entry = [string, PackageDefinition[string]];

const isServiceOf =
  (name: string) =>
  (entry: Entry): entry is [string, ServiceDefinition] =>
    entry[0].slice(0, entry[0].lastIndexOf('.')) === name && !('format' in entry[1]);

function contractOf([typeName, service]: [string, ServiceDefinition]): Contract {
  const methods = Object.entries(service);
  return {
    typeName,
    rpcs: methods.map(([, { path, options }]) => ({
      path,
      access: accessOf(options),
      ...effectsOf({ idempotency: (options as Readonly<Record<string, JsonValue>>)['idempotency_level'] }),
    })),
    definition: Object.fromEntries(methods.map(([name, method]) => [name, refusingMalformed(method)])),
  };
}

function accessOf(options: MethodDefinition<object, object>['options']): Access | string | undefined {
  const option = (options as Readonly<Record<string, JsonValue>>)[OPTION];
  if (option === undefined) return undefined;
  try {
    return fromJson(AccessSchema, asJson(AccessSchema, option));
  } catch (error) {
    return (error as Error).message;
  }
}

/** Protobuf's JSON for a message that proto-loader has read from the text format: there, a list of one is the value itself. */
function asJson(schema: DescMessage, value: JsonValue): JsonValue {
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      const field = schema.fields.find((candidate) => candidate.name === name);
      return [name, field ? fieldAsJson(field, item) : item];
    }),
  );
}

function fieldAsJson(field: DescField, value: JsonValue): JsonValue {
  const { message } = field;
  const itemAsJson = (item: JsonValue) => (message ? asJson(message, item) : item);
  return field.fieldKind === 'list' ? [value].flat().map(itemAsJson) : itemAsJson(value);
}

const isObject = (value: JsonValue): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);
