import { withClient } from '@reputable/postgres';

/** The roles and the reputation events of an account. */
export interface Past {
  readonly roles: readonly string[];
  /** Names of the contract's ReputationKind, with the reputation that each is worth. */
  readonly events: readonly (readonly [kind: string, delta: number])[];
}

/** The statements that give an account its past in the user service's database. An account that has events gets no more. */
export const statementsOf = (id: string, { roles, events }: Past): readonly (readonly [sql: string, values: unknown[]])[] => [
  [
    `INSERT INTO reputation_event (id, user_id, kind, undone, subject_id, delta, occurred_at)
     SELECT uuidv7(), $1, kind, false, uuidv7(), delta, now() FROM unnest($2::text[], $3::int[]) AS event (kind, delta)
     WHERE NOT EXISTS (SELECT FROM reputation_event WHERE user_id = $1)`,
    [id, events.map(([kind]) => kind), events.map(([, delta]) => delta)],
  ],
  [
    `UPDATE profile SET roles = $2,
       reputation_sum = (SELECT coalesce(sum(delta), 0) FROM reputation_event WHERE user_id = profile.id)
     WHERE id = $1`,
    [id, roles],
  ],
];

/** Gives an account its past. No API does that: a new system has no admin who grants roles, and nobody who votes. */
export async function distinguish(databaseUrl: string, id: string, past: Past): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    for (const [sql, values] of statementsOf(id, past)) await client.query(sql, values);
  });
}
