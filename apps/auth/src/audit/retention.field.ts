import { z } from 'zod';

/** The shortest retention, in days. A trigger of the table keeps younger events, whoever deletes them. */
const MIN_DAYS = 30;

const MAX_DAYS = 3_650;

const DAYS = { error: `must be a number of days: ${String(MIN_DAYS)} to ${String(MAX_DAYS)}.` };

/** How long audit events are kept, in days. */
export const retentionDays = () => z.coerce.number(DAYS).int(DAYS).min(MIN_DAYS, DAYS).max(MAX_DAYS, DAYS).default(90);
