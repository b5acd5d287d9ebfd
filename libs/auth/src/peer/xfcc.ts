/** The description of one client certificate in `x-forwarded-client-cert`: its values by key, in lower case. A key can occur several times. */
export type XfccElement = ReadonlyMap<string, readonly string[]>;

/** A key, its value with or without quotes, and the separator after it: a semicolon in the element, a comma after it. */
const PAIR = /([A-Za-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^",;]*))(?:(;)|(,) *|$)/y;

/**
 * The elements of Envoy's header `x-forwarded-client-cert`. Each proxy appends one, so the last one describes the client of the last proxy.
 *
 * @returns undefined if the header is malformed
 */
export function parseXfcc(header: string): XfccElement[] | undefined {
  const elements = [new Map<string, string[]>()];
  PAIR.lastIndex = 0;
  for (;;) {
    const [pair, key = '', quoted, plain = '', sameElement, nextElement] = PAIR.exec(header) ?? [];
    if (pair === undefined) return undefined;
    const element = elements.at(-1) as Map<string, string[]>;
    const values = element.get(key.toLowerCase()) ?? [];
    values.push(quoted === undefined ? plain : quoted.replaceAll(/\\(.)/g, '$1'));
    element.set(key.toLowerCase(), values);
    if (nextElement !== undefined) elements.push(new Map());
    else if (sameElement === undefined) return elements;
  }
}
