import { z } from 'zod';

/** The maximum number of attempts, and the period in which they count. */
export class Limit {
  constructor(
    readonly count: number,
    readonly seconds: number,
  ) {}

  /** The format of the setting: `5/900`. */
  toString(): string {
    return `${String(this.count)}/${String(this.seconds)}`;
  }
}

const MAX_COUNT = 1_000_000;
const DAY_S = 86_400;

const ERROR = { error: `must be a count and seconds, as in 5/900: 1/1 to ${String(MAX_COUNT)}/${String(DAY_S)}.` };

/** A setting for a limit, as in `5/900`. No value turns the limit off. */
export const limit = (count: number, seconds: number) =>
  z
    .string(ERROR)
    .regex(/^[1-9]\d{0,6}\/[1-9]\d{0,4}$/, ERROR)
    .transform((text) => {
      const [first, second] = text.split('/');
      return new Limit(Number(first), Number(second));
    })
    .refine((read) => read.count <= MAX_COUNT && read.seconds <= DAY_S, ERROR)
    .default(new Limit(count, seconds));
