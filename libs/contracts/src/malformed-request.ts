import type { DescField, DescMessage, Message } from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';

/**
 * What a server's deserializer yields in place of a request that does not fit its contract: bytes that are no such message, or
 * fields the contract does not have. It is a value and not an exception, because grpc-js answers exceptions with INTERNAL;
 * the access interceptor answers it with INVALID_ARGUMENT before any handler sees it.
 */
export class MalformedRequest {
  /**
   * @param field the path of the message with the fault; empty for the request itself
   * @param description what is wrong with it
   */
  constructor(
    readonly field: string,
    readonly description: string,
  ) {}
}

/** The first message within `message` that has fields unknown to the contract, if any. Recurses only where there are messages. */
export function unknownFields(schema: DescMessage, message: Message, path = ''): MalformedRequest | undefined {
  const unknown = message.$unknown;
  if (unknown?.length) {
    const numbers = [...new Set(unknown.map(({ no }) => no))].join(', ');
    return new MalformedRequest(path, `${schema.typeName} has no field number ${numbers}.`);
  }
  for (const field of messageFields(schema)) {
    const found = unknownInField(schema, message, field, path);
    if (found) return found;
  }
  return undefined;
}

type MessageField = DescField & { message: DescMessage };

const nested = new WeakMap<DescMessage, MessageField[]>();

/** The fields of a message that hold messages themselves; worked out once per type, as most have none. */
function messageFields(schema: DescMessage): MessageField[] {
  let fields = nested.get(schema);
  if (!fields) {
    fields = schema.fields.filter((field): field is MessageField => field.message !== undefined);
    nested.set(schema, fields);
  }
  return fields;
}

function unknownInField(schema: DescMessage, message: Message, field: MessageField, path: string): MalformedRequest | undefined {
  const at = path ? `${path}.${field.name}` : field.name;
  const value = reflect(schema, message);
  if (field.fieldKind === 'message') {
    return value.isSet(field) ? unknownFields(field.message, value.get(field).message, at) : undefined;
  }
  if (field.fieldKind !== 'list') return undefined;
  for (const [index, item] of [...value.get(field)].entries()) {
    const found = unknownFields(field.message, (item as { message: Message }).message, `${at}[${String(index)}]`);
    if (found) return found;
  }
  return undefined;
}
