import { z } from 'zod';

/** How often something may happen, and within how long. */
export interface Limit {
  readonly count: number;
  readonly seconds: number;
}

const MAX_COUNT = 1_000_000;
const DAY_S = 86_400;

const ERROR = { error: `must be a count and seconds, as in 5/900: 1/1 to ${String(MAX_COUNT)}/${String(DAY_S)}.` };

/** The setting of a limit, as in `5/900`. There is no value that turns it off. */
export const limit = (fallback: `${number}/${number}`) =>
  z
    .string(ERROR)
    .regex(/^[1-9]\d{0,6}\/[1-9]\d{0,4}$/, ERROR)
    .transform(limitOf)
    .refine(({ count, seconds }) => count <= MAX_COUNT && seconds <= DAY_S, ERROR)
    .default(limitOf(fallback));

function limitOf(text: string): Limit {
  const [count = 0, seconds = 0] = text.split('/').map(Number);
  return { count, seconds };
}
