import { create, getExtension, hasExtension } from '@bufbuild/protobuf';
import { MethodOptionsSchema } from '@bufbuild/protobuf/wkt';
import type { MethodDefinition } from '@grpc/grpc-js';
import { type Access, access } from '@reputable/contracts/access/v1/access';
import { type Contract, effectsOf, refusingMalformed } from './contract.ts';

/** A service that ts-proto generates with `outputServices=generic-definitions`. */
export interface TsProtoService {
  readonly fullName: string;
  readonly methods: Readonly<Record<string, TsProtoMethod>>;
}

interface TsProtoMethod {
  readonly name: string;
  readonly requestType: TsProtoMessage;
  readonly responseType: TsProtoMessage;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  /** The method options by their tags, as bytes. ts-proto leaves them out of its other service definitions. */
  readonly options: {
    readonly idempotencyLevel?: unknown;
    readonly _unknownFields?: Readonly<Record<number, readonly Uint8Array[]>>;
  };
}

interface TsProtoMessage {
  // A method, so that a generated type with its own message as the parameter is assignable.
  encode(message: unknown): { finish(): Uint8Array };
  decode(bytes: Uint8Array): unknown;
}

/**
 * A contract that ts-proto generates, for `serves`.
 *
 * @example
 * serves: [fromTsProto(InvoiceServiceDefinition)]
 */
export function fromTsProto({ fullName, methods }: TsProtoService): Contract {
  const named = Object.entries(methods).map(([localName, method]) => ({ localName, method, path: `/${fullName}/${method.name}` }));
  return {
    typeName: fullName,
    rpcs: named.map(({ path, method }) => ({
      path,
      access: accessOf(method),
      ...effectsOf({ idempotency: method.options.idempotencyLevel }),
    })),
    definition: Object.fromEntries(named.map(({ method, path, localName }) => [method.name, definitionOf(method, path, localName)])),
  };
}

const definitionOf = (method: TsProtoMethod, path: string, originalName: string): MethodDefinition<unknown, unknown> =>
  refusingMalformed({
    path,
    originalName,
    requestStream: method.requestStream,
    responseStream: method.responseStream,
    requestSerialize: encoder(method.requestType),
    requestDeserialize: (bytes) => method.requestType.decode(bytes),
    responseSerialize: encoder(method.responseType),
    responseDeserialize: (bytes) => method.responseType.decode(bytes),
  });

const encoder =
  (type: TsProtoMessage) =>
  (message: unknown): Buffer =>
    Buffer.from(type.encode(message).finish());

function accessOf({ options: { _unknownFields = {} } }: TsProtoMethod): Access | string | undefined {
  const options = create(MethodOptionsSchema);
  options.$unknown = Object.entries(_unknownFields).flatMap(([tag, values]) =>
    values.map((data) => ({ no: Number(tag) >>> 3, wireType: Number(tag) & 7, data })),
  );
  try {
    return hasExtension(options, access) ? getExtension(options, access) : undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
