import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { SecurityEventSchema } from '@reputable/contracts/auth/v1/auth';

/** An event of the audit log, as its user sees it. Absent values are empty. */
export interface SecurityEventRow {
  readonly id: string;
  readonly time: Date;
  readonly type: string;
  readonly succeeded: boolean;
  readonly reason: string;
  readonly count: number;
  readonly byUser: boolean;
  readonly address: string;
  readonly sessionId: string;
  readonly clientId: string;
  readonly details: Readonly<Record<string, string | number>>;
}

/** Whether the user caused the event. The actor of a failed log-in is not known. */
const BY_USER = "coalesce(actor_type = 'user' AND actor_id = user_id::text, false)";

/** Whether the session and the client of the event can be those of another user, such as the moderator who has suspended the user. */
const BY_ANOTHER = `(actor_type = 'user' AND NOT ${BY_USER})`;

const unless = (condition: string, column: string) => `CASE WHEN ${condition} THEN '' ELSE coalesce(${column}, '') END`;

/** The events about the user $1 before the event $2: latest first, at most $3. Without data about others who have caused them. */
export const EVENTS_OF_USER = `
  SELECT id, time, type, outcome = 'success' AS succeeded, coalesce(reason, '') AS reason, count, ${BY_USER} AS "byUser",
    ${unless(`NOT ${BY_USER}`, 'address')} AS address, ${unless(BY_ANOTHER, 'session_id::text')} AS "sessionId",
    ${unless(BY_ANOTHER, 'client_id')} AS "clientId", details
  FROM audit_event WHERE user_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3`;

/** Maps an event to the contract's SecurityEvent. */
export const toMessage = ({ time, details, ...event }: SecurityEventRow): MessageInitShape<typeof SecurityEventSchema> => ({
  ...event,
  occurredAt: timestampFromDate(time),
  details: Object.fromEntries(Object.entries(details).map(([name, value]) => [name, String(value)])),
});
