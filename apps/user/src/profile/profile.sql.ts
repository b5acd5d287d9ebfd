import type { UserSchema } from '@reputable/contracts/user/v1/user';
import { epochMs } from '@reputable/database';
import type { FieldOf } from '@reputable/request';

/** Fields of the contract's User. */
export type UserFields = ReadonlySet<FieldOf<typeof UserSchema>>;

const CHEAP = 'id, display_name AS "displayName", reputation_sum AS "reputationSum"';
const OTHERS = `roles, ${epochMs('created_at')} AS "createdAt", suspended_at IS NOT NULL AS suspended`;

/**
 * Locks the admins who are not suspended, in one order, if the user $1 is an admin. Otherwise no row. The lock makes two admins who delete their
 * accounts at once wait for each other.
 */
export const LOCK_ADMINS = `
  SELECT id FROM profile
  WHERE EXISTS (SELECT FROM profile WHERE id = $1 AND 'ADMIN' = ANY (roles)) AND 'ADMIN' = ANY (roles) AND suspended_at IS NULL
  ORDER BY id FOR UPDATE`;

/** Deletes at most $2 reputation events of the user $1. */
export const DELETE_EVENTS = `
  DELETE FROM reputation_event WHERE id IN (SELECT id FROM reputation_event WHERE user_id = $1 LIMIT $2)
  RETURNING 1`;

/**
 * The columns of the table profile for these fields. Cheap columns are always selected, and the others all together: each combination of
 * columns is a prepared statement.
 */
export const columnsOf = (fields: UserFields) =>
  fields.has('roles') || fields.has('createdAt') || fields.has('suspended') ? `${CHEAP}, ${OTHERS}` : CHEAP;
