import type { DescMessage, DescMethod, DescService, Message } from '@bufbuild/protobuf';
import { create, fromBinary, isMessage, toBinary } from '@bufbuild/protobuf';
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import { MalformedRequest, unknownFields } from './malformed-request.ts';
import { refuseMalformedText } from './malformed-text.ts';

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

/** The grpc-js definition of one rpc. */
export function methodDefinition(method: DescMethod): MethodDefinition<object, object> {
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    originalName: method.localName,
    requestStream: method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming',
    responseStream: method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming',
    requestSerialize: (value) => encodeRequest(method.input, value),
    requestDeserialize: (bytes) => decodeRequest(method.input, bytes),
    responseSerialize: (value) => bytesOf(method.output, messageOf(method.output, value)),
    responseDeserialize: (bytes) => fromBinary(method.output, bytes),
  };
}

/** The replacement character in UTF-8, which the encoder writes for half of a surrogate pair. */
const REPLACEMENT = Buffer.from('\ufffd');

/** @throws MalformedText for a text that has no encoding: the encoder would change it */
function encodeRequest(schema: DescMessage, value: object): Buffer {
  const message = messageOf(schema, value);
  const bytes = bytesOf(schema, message);
  if (bytes.includes(REPLACEMENT)) refuseMalformedText(schema, message);
  return bytes;
}

const messageOf = (schema: DescMessage, value: object): Message => (isMessage(value, schema) ? value : create(schema, value as Message));

function bytesOf(schema: DescMessage, message: Message): Buffer {
  const bytes = toBinary(schema, message);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function decodeRequest(schema: DescMessage, bytes: Uint8Array): Message | MalformedRequest {
  try {
    const message = fromBinary(schema, bytes);
    return unknownFields(schema, message) ?? message;
  } catch {
    return new MalformedRequest('', `The request is not a ${schema.typeName}.`);
  }
}
