import type { UserSchema } from '@reputable/contracts/user/v1/user';
import { epochMs } from '@reputable/database';
import type { FieldOf } from '@reputable/request';

/** Fields of the contract's User. */
export type UserFields = ReadonlySet<FieldOf<typeof UserSchema>>;

const CHEAP = 'id, display_name AS "displayName", reputation_sum AS "reputationSum"';
const OTHERS = `roles, ${epochMs('created_at')} AS "createdAt", suspended_at IS NOT NULL AS suspended`;

/**
 * The columns of the table profile for these fields. Cheap columns are always selected, and the others all together: each combination of
 * columns is a prepared statement.
 */
export const columnsOf = (fields: UserFields) =>
  fields.has('roles') || fields.has('createdAt') || fields.has('suspended') ? `${CHEAP}, ${OTHERS}` : CHEAP;
