import type { EntityManager } from 'typeorm';
import { type AuditEvent, type EventRow, rowOf } from './audit-event.ts';

/** One statement for any number of events. A repeated id has no effect. */
const INSERT = `INSERT INTO audit_event
    (id, time, type, outcome, reason, count, actor_type, actor_id, user_id, session_id, client_id, peer, address, trace_id, txn, details)
  SELECT id, coalesce(time, clock_timestamp()), type, outcome, reason, count, actor_type, actor_id, user_id, session_id, client_id, peer,
    address, trace_id, txn, details
  FROM jsonb_to_recordset($1::jsonb) AS event (id uuid, time timestamptz, type text, outcome text, reason text, count integer,
    actor_type text, actor_id text, user_id uuid, session_id uuid, client_id text, peer text, address text, trace_id text, txn text,
    details jsonb)
  ON CONFLICT (id) DO NOTHING`;

/** Stores events in the audit log. */
export async function storeEvents(tx: Pick<EntityManager, 'query'>, rows: readonly EventRow[]): Promise<void> {
  if (rows.length > 0) await tx.query(INSERT, [JSON.stringify(rows)]);
}

/** Records events in the transaction of the changes that they describe: neither is stored without the other. */
export const audit = (tx: Pick<EntityManager, 'query'>, ...events: readonly AuditEvent[]): Promise<void> =>
  storeEvents(tx, events.map(rowOf));
