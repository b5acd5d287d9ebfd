import { GRPC_SERVICES } from '@reputable/contracts/registry';
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Subjects } from './subject.ts';

/** What a call is about: a good request, and whose row it concerns, if anybody's. */
export interface Subject {
  readonly request: object;
  readonly owner?: string;
}

/** For each row of a table, what makes its subject. */
export type Makers = Readonly<Record<string, () => Subject | Promise<Subject>>>;

/**
 * Who may call what of one service, written by hand from the design: what the service does is measured against it, not the other way round.
 * It is in `access/<service>.access.ts`, and found there.
 */
interface Access {
  /**
   * The first columns are users, at the gateway: nobody; a member with 1 reputation and somebody else's row; `from`, the reputation from
   * which on such a member is let in, or `never`; who has a role, and 1 reputation, and somebody else's row; and who the row belongs to,
   * with 10,000 reputation. The last one has the services that are let in, on behalf of an almighty user or of themselves, or `every other`.
   *
   * `yes` is let through, and succeeds. `-` is CALLER_NOT_ALLOWED, `token` TOKEN_MISSING, `role` ROLE_MISSING, `reputation`
   * REPUTATION_TOO_LOW; a row's rules have their reasons in full.
   */
  readonly table: string;
  readonly makers: (given: Subjects) => Makers;
}

/** A row of a table. */
export interface Row {
  /** With what it is about in parentheses, where an rpc has several rows. */
  readonly name: string;
  /** As in `post/UpvotePost`. */
  readonly rpc: string;
  /** The reputation from which on a member is let in. */
  readonly from: number;
  /** What comes of it, by column. */
  readonly outcomes: Readonly<Record<string, string>>;
  /** What comes of it, by calling service. */
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

/** The makers of all rows, by the rows' names. */
export const makersFor = (given: Subjects): Makers =>
  Object.fromEntries(
    all.flatMap(({ owner, makers }) => Object.entries(makers(given)).map(([name, make]) => [`${owner}/${name}`, make] as const)),
  );

/** Makes the subject of a row. Each call needs a new one: some calls use it up. */
export async function subjectOf(makers: Makers, row: string): Promise<Subject> {
  const make = makers[row];
  if (!make) throw new Error(`${row} has no request. Write one beside the others.`);
  return make();
}

function rowsOf(owner: string, table: string): Row[] {
  const [header = [], ...lines] = table
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()));
  return lines.map(([row = '', ...cells]) => {
    const name = `${owner}/${row}`;
    const { from = '', services = '', ...outcomes } = Object.fromEntries(cells.map((cell, index) => [header[index + 1] ?? '', cell]));
    return {
      name,
      rpc: name.split(' ')[0] ?? '',
      from: from === 'never' ? Infinity : Number(from),
      outcomes: Object.fromEntries(Object.entries(outcomes).map(([column, cell]) => [column, SHORT[cell] ?? cell])),
      services: servicesIn(services, owner),
    };
  });
}

/** A cell like `post, comment: KIND_NOT_YOURS`: who is not named in it is not let in. */
function servicesIn(cell: string, owner: string): Record<string, string> {
  const named = new Map(cell.split(', ').map((each) => readOutcome(each)));
  const everyOther = (service: string) => (cell === 'every other' && service !== owner ? 'yes' : undefined);
  return Object.fromEntries(GRPC_SERVICES.map((name) => [name, named.get(name) ?? everyOther(name) ?? 'CALLER_NOT_ALLOWED']));
}

function readOutcome(text: string): readonly [service: string, outcome: string] {
  const [service = '', outcome = 'yes'] = text.split(': ');
  return [service, outcome];
}
