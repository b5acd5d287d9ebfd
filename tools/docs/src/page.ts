/** A link of a page, `[label](target)`. */
export interface Link {
  /** The line where it begins, from 1. */
  readonly line: number;
  readonly label: string;
  readonly target: string;
}

/** A block of code that names the file that it quotes: ```` ```ts file=libs/auth/src/access/decide.ts ````. */
export interface Excerpt {
  readonly line: number;
  /** Relative to the root of the repository. */
  readonly file: string;
  readonly code: string;
}

/** The parts of a Markdown file that this tool checks. */
export interface Page {
  readonly links: readonly Link[];
  readonly excerpts: readonly Excerpt[];
}

const FENCED = /^( *)(`{3,}|~{3,})([^\n`]*)\n([^]*?)^ *\2`* *$/gm;
/** Code comes first, as code may contain the syntax of a link. A label may contain code. */
const CODE_OR_LINK = /`[^`]*`|\[((?:`[^`]*`|[^[\]`])*)\]\(([^()\s]+)\)/g;

/** Reads the part of Markdown's syntax that this repository uses. */
export function readPage(text: string): Page {
  const lineAt = (index: number) => text.slice(0, index).split('\n').length;
  const prose = text.replace(FENCED, (block) => block.replace(/[^\n]/g, ' '));
  return {
    links: [...prose.matchAll(CODE_OR_LINK)].flatMap(({ index, 1: label, 2: target }) =>
      label === undefined || target === undefined ? [] : [{ line: lineAt(index), label, target }],
    ),
    excerpts: [...text.matchAll(FENCED)].flatMap(({ index, 3: info = '', 4: code = '' }) => {
      const file = /\bfile=(\S+)/.exec(info)?.[1];
      return file === undefined ? [] : [{ line: lineAt(index), file, code }];
    }),
  };
}
