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
 * A line of its own, at the end of the first lines that are `others`. It is recognised by what it begins with, white space apart, so that
 * it may be changed by hand.
 */
export function line(file: string, others: RegExp, text: Text, beginning: Text = text): Mention {
  return {
    file,
    add: (before, service) => {
      const lines = before.split('\n');
      const first = lines.findIndex((each) => others.test(each));
      if (first < 0)
        throw new Error(`${file} has no line like ${others.source}: say in tools/workspace/src/service/places.ts where services are.`);
      const count = lines.slice(first).findIndex((each) => !others.test(each));
      return lines.toSpliced(first + count, 0, text(service)).join('\n');
    },
    remove: (before, service) =>
      before
        .split('\n')
        .filter((each) => !squeezed(each).startsWith(squeezed(beginning(service))))
        .join('\n'),
  };
}

const squeezed = (text: string) => text.trim().replace(/\s+/g, ' ');

/** The last item of a list of quoted names. The pattern's first group is all before the items, the second one the items. */
export function item(file: string, list: RegExp, quote: string): Mention {
  const change = (text: string, edit: (items: string[]) => string[]) => {
    const [all, before, items] = list.exec(text) ?? [];
    if (all === undefined || before === undefined || items === undefined) {
      throw new Error(`${file} has no list like ${list.source}: say in tools/workspace/src/service/places.ts where services are.`);
    }
    const names = [...items.matchAll(/['"](\w+)['"]/g)].map(([, name = '']) => name);
    const edited = edit(names).map((name) => quote + name + quote);
    return text.replace(all, () => before + edited.join(', '));
  };
  return {
    file,
    add: (text, { name }) => change(text, (names) => [...names, name]),
    remove: (text, { name }) => change(text, (names) => names.filter((each) => each !== name)),
  };
}

/** The last block of a file whose blocks have headings; a blank line stands between them. */
export function block(file: string, heading: (name: string) => string, anyHeading: RegExp, body: Text): Mention {
  return {
    file,
    add: (text, service) => `${text.trimEnd()}\n\n${heading(service.name)}\n\n${body(service)}`,
    remove: (text, { name }) => {
      const start = text.indexOf(`${heading(name)}\n`);
      if (start < 0) return text;
      const rest = text.slice(start + heading(name).length);
      const next = rest.search(anyHeading);
      return next < 0 ? `${text.slice(0, start).trimEnd()}\n` : text.slice(0, start) + rest.slice(next);
    },
  };
}
