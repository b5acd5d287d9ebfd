import type { Service } from './render.ts';

/** An edit that adds a service to a file which all services share, or removes it. */
export interface TextEdit {
  readonly file: string;
  /** The text of the file with the service. */
  readonly add: (text: string, service: Service) => string;
  /** The text of the file without the service; unchanged if it lacks the service. */
  readonly remove: (text: string, service: Service) => string;
}

type Text = (service: Service) => string;

/** Inserts a line after the first group of lines that match `others`. `beginning` finds it again if people have changed its end. */
export function line(file: string, others: RegExp, text: Text, beginning: Text = text): TextEdit {
  return {
    file,
    add: (before, service) => {
      const lines = before.split('\n');
      const start = lines.findIndex((each) => others.test(each));
      if (start < 0) throw lost(file, others);
      const count = lines.slice(start).findIndex((each) => !others.test(each));
      return lines.toSpliced(start + count, 0, text(service)).join('\n');
    },
    remove: (before, service) =>
      before
        .split('\n')
        .filter((each) => !each.startsWith(beginning(service)))
        .join('\n'),
  };
}

/** Appends an item to a list. The first group of `list` is the text before the items, the second group the items. */
export function item(file: string, list: RegExp, text: Text): TextEdit {
  const change = (before: string, edit: (items: readonly string[]) => readonly string[]) => {
    const [all, start, items] = list.exec(before) ?? [];
    if (all === undefined || start === undefined || items === undefined) throw lost(file, list);
    const found = items.split(',').map((each) => each.trim());
    return before.replace(all, () => start + edit(found.filter(Boolean)).join(', '));
  };
  return {
    file,
    add: (before, service) => change(before, (items) => [...items, text(service)]),
    remove: (before, service) => change(before, (items) => items.filter((each) => each !== text(service))),
  };
}

/** Appends an entry of the registry, on one line or several. */
export function entry(file: string, text: Text): TextEdit {
  const end = /^(?=\] as const satisfies )/m;
  return {
    file,
    add: (before, service) => {
      if (!end.test(before)) throw lost(file, end);
      return before.replace(end, () => text(service));
    },
    remove: (before, { name }) => before.replace(new RegExp(`^ {2}\\{\\s*name: '${name}',[^{}]*\\},\\n`, 'm'), ''),
  };
}

const lost = (file: string, pattern: RegExp) =>
  new Error(`${file} has no text like ${pattern.source}. Correct tools/workspace/src/service/text-edits.ts.`);
