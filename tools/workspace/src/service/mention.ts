import type { Service } from './render.ts';

/** A place in a file that all services share, where each of them is named. */
export interface Mention {
  readonly file: string;
  /** The text of the file with the service in it. */
  readonly add: (text: string, service: Service) => string;
  /** The text of the file without it; as it is, if the service is not in it. */
  readonly remove: (text: string, service: Service) => string;
}

type Text = (service: Service) => string;

/**
 * A line of its own, at the end of the first lines that are `others`, or of the last ones. It is recognised by what it begins with, white
 * space apart, so that it may be changed by hand.
 */
export function line(
  file: string,
  others: RegExp,
  text: Text,
  { beginning = text, last = false }: { beginning?: Text; last?: boolean } = {},
): Mention {
  return {
    file,
    add: (before, service) => {
      const lines = before.split('\n');
      const isOther = (each: string) => others.test(each);
      const start = last ? lines.findLastIndex(isOther) : lines.findIndex(isOther);
      if (start < 0) throw lost(file, others);
      const end = start + lines.slice(start).findIndex((each) => !isOther(each));
      return lines.toSpliced(end, 0, text(service)).join('\n');
    },
    remove: (before, service) =>
      before
        .split('\n')
        .filter((each) => !squeezed(each).startsWith(squeezed(beginning(service))))
        .join('\n'),
  };
}

const squeezed = (text: string) => text.trim().replace(/\s+/g, ' ');

/** The last item of a list. The pattern's first group is all before the items, the second one the items. */
export function item(file: string, list: RegExp, text: Text, separator = ', '): Mention {
  const change = (before: string, edit: (items: string[]) => string[]) => {
    const [all, start, items] = list.exec(before) ?? [];
    if (all === undefined || start === undefined || items === undefined) throw lost(file, list);
    const found = items.split(separator.trim() || separator).map((each) => each.trim());
    return before.replace(all, () => start + edit(found.filter(Boolean)).join(separator));
  };
  return {
    file,
    add: (before, service) => change(before, (items) => [...items, text(service)]),
    remove: (before, service) => change(before, (items) => items.filter((each) => each !== text(service))),
  };
}

/** Lines that begin with a heading, and end where something else begins: `next`. They come before what `before` says, or last. */
export function block(
  file: string,
  { heading, body, next, before }: { heading: Text; body: Text; next: RegExp; before?: RegExp },
): Mention {
  return {
    file,
    add: (text, service) => {
      const lines = `${heading(service)}\n${body(service)}`;
      if (!before) return `${text.trimEnd()}\n\n${lines}`;
      const at = text.search(before);
      if (at < 0) throw lost(file, before);
      return `${text.slice(0, at)}${lines}\n${text.slice(at)}`;
    },
    remove: (text, service) => {
      const start = `\n${text}`.indexOf(`\n${heading(service)}\n`);
      if (start < 0) return text;
      const inside = text.slice(start + heading(service).length);
      const end = inside.search(next);
      return end < 0 ? `${text.slice(0, start).trimEnd()}\n` : text.slice(0, start) + inside.slice(end);
    },
  };
}

const lost = (file: string, pattern: RegExp) =>
  new Error(`${file} has nothing like ${pattern.source}: say in tools/workspace/src/service/places.ts where services are.`);
