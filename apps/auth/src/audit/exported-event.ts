/** An event as `npm run audit` prints it. Absent fields are left out. */
export interface ExportedEvent {
  readonly id: string;
  readonly time: string;
  readonly recordedAt: string;
  readonly type: string;
  readonly outcome: 'success' | 'failure';
  readonly reason?: string;
  readonly count: number;
  readonly actor: { readonly type: string; readonly id?: string };
  readonly user?: string;
  readonly session?: string;
  readonly client?: string;
  readonly peer?: string;
  readonly address?: string;
  readonly trace?: string;
  readonly txn?: string;
  readonly details?: Readonly<Record<string, string | number>>;
}

/** The columns of {@link ExportedEvent}, as JSON. PostgreSQL writes times in UTC, with microseconds. */
export const EXPORTED = `jsonb_strip_nulls(jsonb_build_object(
  'id', id, 'time', to_char(time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
  'recordedAt', to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
  'type', type, 'outcome', outcome, 'reason', reason, 'count', count,
  'actor', jsonb_build_object('type', actor_type, 'id', actor_id),
  'user', user_id, 'session', session_id, 'client', client_id, 'peer', peer, 'address', address, 'trace', trace_id,
  'txn', txn,
  'details', nullif(details, '{}')))`;
