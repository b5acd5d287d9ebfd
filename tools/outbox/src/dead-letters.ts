import { CliError } from '@reputable/cli';
import { type DeadLetter, DeadLetters } from '@reputable/database';
import type { Databases } from './databases.ts';

/** A dead letter, with the name of its database. */
export interface Found extends DeadLetter {
  readonly database: string;
}

/** The dead letters of all databases, by database, the oldest first. */
export async function list(databases: Databases): Promise<Found[]> {
  const lists = Object.entries(databases).map(([database, url]) =>
    inDatabase(database, url, async (letters) => (await letters.list()).map((letter) => ({ database, ...letter }))),
  );
  return (await Promise.all(lists)).flat();
}

/** Moves dead letters back to their queues. Returns how many. */
export async function retry(databases: Databases, id: string | undefined): Promise<number> {
  const found = id === undefined ? await list(databases) : [await find(databases, id)];
  const moved = [...Map.groupBy(found, ({ database }) => database)].map(([database, letters]) =>
    inDatabase(database, databases[database] ?? '', (queue) => queue.retry(letters.map((letter) => letter.id))),
  );
  return (await Promise.all(moved)).reduce((sum, count) => sum + count, 0);
}

/**
 * Deletes a dead letter. Returns it.
 *
 * @throws {CliError} also if somebody else has dropped or retried it in the meantime
 */
export async function drop(databases: Databases, id: string): Promise<Found> {
  const letter = await find(databases, id);
  const isDropped = await inDatabase(letter.database, databases[letter.database] ?? '', (letters) => letters.drop(id));
  if (!isDropped) throw notFound(id);
  return letter;
}

/** @throws {CliError} if no database has it */
async function find(databases: Databases, id: string): Promise<Found> {
  const letter = (await list(databases)).find((each) => each.id === id);
  if (!letter) throw notFound(id);
  return letter;
}

const notFound = (id: string) => new CliError(`No dead letter has the id ${id}. Run npm run outbox -- list to see them.`);

async function inDatabase<T>(name: string, url: string, work: (letters: DeadLetters) => Promise<T>): Promise<T> {
  try {
    return await DeadLetters.open(url, work);
  } catch (error) {
    const reason = error instanceof AggregateError ? error.errors.map(String).join(' ') : (error as Error).message;
    throw new CliError(`Cannot read the outbox in the database ${name}: ${reason}. Run npm start, or check DATABASE_URL.`, {
      cause: error,
    });
  }
}

/** The text of a list: a block of lines for each dead letter. */
export const textOf = (found: readonly Found[]) => (found.length === 0 ? 'No dead letters.\n' : found.map(blockOf).join('\n'));

const blockOf = ({ database, queue, id, addedAt, refusedAt, tries, reason, event }: Found) =>
  [
    `${id}  ${database}, queue ${queue}`,
    `  added    ${addedAt.toISOString()}`,
    `  refused  ${refusedAt.toISOString()}, after ${tries} ${tries === 1 ? 'try' : 'tries'}`,
    `  reason   ${reason ?? 'unknown'}`,
    `  event    ${JSON.stringify(event)}`,
    '',
  ].join('\n');
