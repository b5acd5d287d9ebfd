import type { DescMessage, Message } from '@bufbuild/protobuf';
import { isReflectMessage, reflect, type ReflectMessage } from '@bufbuild/protobuf/reflect';

/** A text of a request that is not valid Unicode: it has half of a surrogate pair, for which UTF-8 has no encoding. */
export class MalformedText extends Error {
  override readonly name = 'MalformedText';

  /** @param field the path of the text, with the contract's names */
  constructor(readonly field: string) {
    super('Must be valid Unicode: it has half of a surrogate pair.');
  }
}

/** @throws MalformedText if any text of the message, or of its messages, is not valid Unicode */
export function refuseMalformedText(schema: DescMessage, message: Message): void {
  const field = malformedIn(reflect(schema, message), '');
  if (field !== undefined) throw new MalformedText(field);
}

function malformedIn(message: ReflectMessage, path: string): string | undefined {
  for (const field of message.fields) {
    if (!message.isSet(field)) continue;
    const value: unknown = message.get(field);
    const items = field.fieldKind === 'list' ? [...(value as Iterable<unknown>)] : [value];
    for (const [index, item] of items.entries()) {
      const at = `${path}${field.name}${field.fieldKind === 'list' ? `[${String(index)}]` : ''}`;
      if (typeof item === 'string' && !item.isWellFormed()) return at;
      const within = isReflectMessage(item) ? malformedIn(item, `${at}.`) : undefined;
      if (within !== undefined) return within;
    }
  }
  return undefined;
}
