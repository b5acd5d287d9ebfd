/** A link of a page. */
export interface Link {
  /** The line it begins in, from 1. */
  readonly line: number;
  /** What is shown in its place; empty for the definition of a reference. */
  readonly label: string;
  readonly target: string;
}

/** A block of code that says which file it is quoted from: ```` ```ts file=libs/auth/src/access/decide.ts ````. */
export interface Excerpt {
  readonly line: number;
  /** Relative to the root of the repository. */
  readonly file: string;
  readonly code: string;
}

/** What there is to check in a Markdown file. */
export interface Page {
  /** What the headings are linked to by, without the `#`. */
  readonly anchors: ReadonlySet<string>;
  readonly links: readonly Link[];
  readonly excerpts: readonly Excerpt[];
}

const FENCED = /^( *)(`{3,}|~{3,})([^\n`]*)\n([^]*?)^ *\2`* *$/gm;
/** Code comes first: a link within code is none. A label may hold code. */
const CODE_OR_LINK = /`[^`]*`|\[((?:`[^`]*`|[^[\]`])*)\]\(([^()\s]+)\)/g;
const DEFINITION = /^\[[^\]]+\]: +(\S+)/gm;
const HEADING = /^#{1,6} +(.*)$/gm;

/** Reads a Markdown file: as much of the syntax as this repository uses. */
export function readPage(text: string): Page {
  const lineAt = (index: number) => text.slice(0, index).split('\n').length;
  const prose = text.replace(FENCED, (block) => block.replace(/[^\n]/g, ' '));
  return {
    anchors: anchorsOf([...prose.matchAll(HEADING)].map(([, heading = '']) => heading)),
    links: [
      ...[...prose.matchAll(CODE_OR_LINK)].flatMap(({ index, 1: label, 2: target }) =>
        label === undefined || target === undefined ? [] : [{ line: lineAt(index), label, target }],
      ),
      ...[...prose.matchAll(DEFINITION)].map(({ index, 1: target = '' }) => ({ line: lineAt(index), label: '', target })),
    ],
    excerpts: [...text.matchAll(FENCED)].flatMap(({ index, 3: info = '', 4: code = '' }) => {
      const file = /\bfile=(\S+)/.exec(info)?.[1];
      return file === undefined ? [] : [{ line: lineAt(index), file, code }];
    }),
  };
}

/** As GitHub makes them: small letters, dashes for spaces, no punctuation, and a number for the second of the same name. */
function anchorsOf(headings: readonly string[]): Set<string> {
  const anchors = new Set<string>();
  for (const heading of headings) {
    const shown = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').trim();
    const name = shown
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
    let anchor = name;
    for (let twin = 1; anchors.has(anchor); twin += 1) anchor = `${name}-${twin}`;
    anchors.add(anchor);
  }
  return anchors;
}
