import type { EntityManager } from 'typeorm';

/** What a statement changes. */
export interface Batches {
  /** The first parameter of the statement. */
  readonly subject: unknown;
  /** The most rows that the statement changes: its second parameter. */
  readonly size: number;
}

/**
 * Repeats a statement that returns the rows that it changes, until it changes no full batch any more. Each batch commits on its own: if the
 * deadline of the call ends the work, a repeated call goes on with the rest.
 */
export async function inBatches(manager: EntityManager, statement: string, { subject, size }: Batches): Promise<void> {
  let changed: unknown[];
  do {
    [changed] = await manager.query<[unknown[], number]>(statement, [subject, size]);
  } while (changed.length === size);
}
