import { MIN_ID } from '@reputable/database';
import type { DataSource } from 'typeorm';
import { EXPORTED, type ExportedEvent } from './exported-event.ts';

/** Which events to export. */
export interface ExportFilter {
  /** The earliest time at which an event was recorded. */
  readonly since?: Date | undefined;
  readonly type?: string | undefined;
  /** The id of the user whom an event is about, or who caused it. */
  readonly user?: string | undefined;
  /** The `txn` of a Transaction Token. */
  readonly txn?: string | undefined;
}

/** How many events are in memory at a time. */
const PAGE = 1_000;

const SELECT = `SELECT id, recorded_at::text AS at, ${EXPORTED} AS event FROM audit_event
  WHERE (recorded_at, id) > ($1::timestamptz, $2::uuid) AND ($3::text IS NULL OR type = $3)
    AND ($4::text IS NULL OR user_id::text = $4 OR actor_id = $4) AND ($5::text IS NULL OR txn = $5)
  ORDER BY recorded_at, id LIMIT ${String(PAGE)}`;

/** A row, with the precision of the database. */
interface Row {
  readonly id: string;
  readonly at: string;
  readonly event: ExportedEvent;
}

/** Reads the audit log in the order in which it was recorded, one page at a time. */
export async function* exportEvents(dataSource: DataSource, { since, type, user, txn }: ExportFilter): AsyncGenerator<ExportedEvent> {
  let after: Pick<Row, 'id' | 'at'> = { at: since?.toISOString() ?? '-infinity', id: MIN_ID };
  for (;;) {
    const rows = await dataSource.query<Row[]>(SELECT, [after.at, after.id, type ?? null, user ?? null, txn ?? null]);
    for (const { event } of rows) yield event;
    const last = rows.at(-1);
    if (rows.length < PAGE || !last) return;
    after = last;
  }
}
