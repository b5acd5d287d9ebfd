import type { DescField, DescMessage, Message } from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';

/**
 * A request that does not match its contract: undecodable bytes or unknown fields. The deserializer returns it as a value, because grpc-js
 * answers exceptions with INTERNAL. The access interceptor answers it with INVALID_ARGUMENT and runs no handler.
 */
export class MalformedRequest {
  /**
   * @param field the path of the faulty message; empty for the request itself
   * @param description the fault
   */
  constructor(
    readonly field: string,
    readonly description: string,
  ) {}
}

/** The first message within `message` with fields that the contract does not define, if any. */
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

/** The message-typed fields of a message, cached by type. */
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
