import { GRPC_SERVICES } from '@reputable/contracts/registry';
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Subjects } from './subject.ts';

/** The subject of a call: a valid request, and the owner of its row, if it has one. */
export interface Subject {
  readonly request: object;
  readonly owner?: string;
}

/** A function per row of a table that creates its subject. */
export type Makers = Readonly<Record<string, () => Subject | Promise<Subject>>>;

/**
 * The expected access to one service, written by hand from the design. The file is `access/<service>.access.ts`.
 */
interface Access {
  /**
   * The first columns are users at the gateway: nobody; a member with 1 reputation and another user's row; `from`, the reputation that such a
   * member needs, or `never`; a user with a role, 1 reputation and another user's row; the row's owner with 10,000 reputation. Then
   * `scope`, the scope that the token needs. The last column lists the allowed services, with an all-powerful user or on their own behalf, or
   * `every other`.
   *
   * `yes`: the call succeeds. `-`: CALLER_NOT_ALLOWED. `token`: TOKEN_MISSING. `role`: ROLE_MISSING. `reputation`: REPUTATION_TOO_LOW. Other
   * reasons are written in full.
   */
  readonly table: string;
  readonly makers: (given: Subjects) => Makers;
}

/** A row of a table. */
export interface Row {
  /** The rpc, with its subject in parentheses if it has several rows. */
  readonly name: string;
  /** For example `post/UpvotePost`. */
  readonly rpc: string;
  /** The reputation that a member needs. */
  readonly from: number;
  /** The scope that the token needs; undefined for none. */
  readonly scope: string | undefined;
  /** The outcomes, by column. */
  readonly outcomes: Readonly<Record<string, string>>;
  /** The outcomes, by calling service. */
  readonly services: Readonly<Record<string, string>>;
}

const SHORT: Readonly<Record<string, string>> = {
  '-': 'CALLER_NOT_ALLOWED',
  token: 'TOKEN_MISSING',
  role: 'ROLE_MISSING',
  reputation: 'REPUTATION_TOO_LOW',
};

const FOLDER = join(import.meta.dirname, 'access');

const all = await Promise.all(
  globSync('*.access.ts', { cwd: FOLDER }).map(async (file) => ({
    owner: basename(file, '.access.ts'),
    ...((await import(join(FOLDER, file))) as Access),
  })),
);

/** The tables of all services, row by row. */
export const rows: readonly Row[] = all.flatMap(({ owner, table }) => rowsOf(owner, table));

/** The makers of all rows, by row name. */
export const makersFor = (given: Subjects): Makers =>
  Object.fromEntries(
    all.flatMap(({ owner, makers }) => Object.entries(makers(given)).map(([name, make]) => [`${owner}/${name}`, make] as const)),
  );

/** Creates the subject of a row. Each call needs a new one, because some calls delete it. */
export async function subjectOf(makers: Makers, row: string): Promise<Subject> {
  const make = makers[row];
  if (!make) throw new Error(`${row} has no request. Add it to the makers of its .access.ts file.`);
  return make();
}

function rowsOf(owner: string, table: string): Row[] {
  const [header = [], ...lines] = table
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()));
  return lines.map(([row = '', ...cells]) => {
    const name = `${owner}/${row}`;
    const {
      from = '',
      scope = '-',
      services = '',
      ...outcomes
    } = Object.fromEntries(cells.map((cell, index) => [header[index + 1] ?? '', cell]));
    return {
      name,
      rpc: name.split(' ')[0] ?? '',
      from: from === 'never' ? Infinity : Number(from),
      scope: scope === '-' ? undefined : scope,
      outcomes: Object.fromEntries(Object.entries(outcomes).map(([column, cell]) => [column, SHORT[cell] ?? cell])),
      services: servicesIn(services, owner),
    };
  });
}

/** Parses a cell such as `post, comment: KIND_NOT_YOURS`. Services that it does not list are not allowed. */
function servicesIn(cell: string, owner: string): Record<string, string> {
  const named = new Map(cell.split(', ').map((each) => readOutcome(each)));
  const everyOther = (service: string) => (cell === 'every other' && service !== owner ? 'yes' : undefined);
  return Object.fromEntries(GRPC_SERVICES.map((name) => [name, named.get(name) ?? everyOther(name) ?? 'CALLER_NOT_ALLOWED']));
}

function readOutcome(text: string): readonly [service: string, outcome: string] {
  const [service = '', outcome = 'yes'] = text.split(': ');
  return [service, outcome];
}
