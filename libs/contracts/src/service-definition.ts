import type { DescMethod, DescService, Message } from '@bufbuild/protobuf';
import { create, fromBinary, isMessage, toBinary } from '@bufbuild/protobuf';
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import { MalformedRequest, unknownFields } from './malformed-request.ts';

/**
 * The package definition of these services for grpc-js and Nest's gRPC transport (option `packageDefinition`, which replaces `protoPath`).
 * Requests that do not match the contract arrive as {@link MalformedRequest}.
 */
export function packageDefinition(services: readonly DescService[]): Record<string, ServiceDefinition> {
  return Object.fromEntries(services.map((service) => [service.typeName, serviceDefinition(service)]));
}

/** The grpc-js definition of one service: its methods by their names in the contract. */
export function serviceDefinition(service: DescService): ServiceDefinition {
  return Object.fromEntries(service.methods.map((method) => [method.name, methodDefinition(method)]));
}

function methodDefinition(method: DescMethod): MethodDefinition<object, object> {
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    originalName: method.localName,
    requestStream: method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming',
    responseStream: method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming',
    requestSerialize: (value) => encode(method.input, value),
    requestDeserialize: (bytes) => decodeRequest(method.input, bytes),
    responseSerialize: (value) => encode(method.output, value),
    responseDeserialize: (bytes) => fromBinary(method.output, bytes),
  };
}

function encode(schema: DescMethod['input'], value: object): Buffer {
  const message = isMessage(value, schema) ? value : create(schema, value as Message);
  const bytes = toBinary(schema, message);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function decodeRequest(schema: DescMethod['input'], bytes: Uint8Array): Message | MalformedRequest {
  try {
    const message = fromBinary(schema, bytes);
    return unknownFields(schema, message) ?? message;
  } catch {
    return new MalformedRequest('', `The request is not a ${schema.typeName}.`);
  }
}
