import { type DescMessage, type DescMethod, type DescService, getOption, hasOption } from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import { MalformedRequest, serviceDefinition } from '@reputable/contracts';
import { type Access, access } from '@reputable/contracts/access/v1/access';

/** A service of a contract, whatever tool reads the contract. */
export interface Contract {
  /** `package.Service`. */
  readonly typeName: string;
  readonly rpcs: readonly Rpc[];
  /** The service for grpc-js and Nest: its methods by the names of their rpcs. */
  readonly definition: ServiceDefinition;
  /** The descriptor, for server reflection; undefined for contracts of other tools than protobuf-es. */
  readonly descriptor?: DescService;
}

/** What an rpc changes, as its contract states with `idempotency_level`. */
export interface Effects {
  /** Whether it changes nothing: `NO_SIDE_EFFECTS`. */
  readonly isRead: boolean;
  /** Whether a repeated call changes nothing more: `IDEMPOTENT`, or `NO_SIDE_EFFECTS`. */
  readonly isIdempotent: boolean;
}

/** An rpc, with the option `reputable.access.v1.access` of its contract. */
export interface Rpc extends Effects {
  /** `/package.Service/Rpc`, unique in the whole system. */
  readonly path: string;
  /** Undefined without the option. A text is the fault of an option that is not an {@link Access}. */
  readonly access: Access | string | undefined;
  /** The request, to check the fields that the rule names; undefined for contracts of other tools than protobuf-es. */
  readonly input?: DescMessage;
}

/** A protobuf-es descriptor, or the result of `fromProto` or `fromTsProto`. */
export type AnyContract = DescService | Contract;

export const contractOf = (service: AnyContract): Contract =>
  'rpcs' in service
    ? service
    : {
        typeName: service.typeName,
        rpcs: service.methods.map(rpcOf),
        definition: serviceDefinition(service),
        descriptor: service,
      };

/** The effects of an rpc with the option `idempotency_level`, by the name of its value or its number. Without one, a repetition may change more. */
export function effectsOf({ idempotency }: { readonly idempotency?: unknown }): Effects {
  const isRead = idempotency === 'NO_SIDE_EFFECTS' || idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;
  return { isRead, isIdempotent: isRead || idempotency === 'IDEMPOTENT' || idempotency === MethodOptions_IdempotencyLevel.IDEMPOTENT };
}

export const rpcOf = (method: DescMethod): Rpc => ({
  path: `/${method.parent.typeName}/${method.name}`,
  access: hasOption(method, access) ? getOption(method, access) : undefined,
  ...effectsOf(method),
  input: method.input,
});

/** The bytes of the requests that other codecs have read. Such a codec can give other bytes for its message: proto-loader adds default values. */
const received = new WeakMap<WeakKey, Uint8Array>();

/** The bytes of a received request, if another codec than ours has read it. */
export const bytesOf = (request: unknown): Uint8Array | undefined =>
  typeof request === 'object' && request !== null ? received.get(request) : undefined;

/** The method, with a {@link MalformedRequest} for a request that its codec cannot read. */
export const refusingMalformed = <Request, Response>(
  method: MethodDefinition<Request, Response>,
): MethodDefinition<Request | MalformedRequest, Response> => ({
  ...method,
  requestSerialize: (request) => method.requestSerialize(request as Request),
  requestDeserialize: (bytes) => {
    try {
      const request = method.requestDeserialize(bytes);
      received.set(request as WeakKey, bytes);
      return request;
    } catch {
      return new MalformedRequest('', `The request is not one of ${method.path.slice(1)}.`);
    }
  },
});
