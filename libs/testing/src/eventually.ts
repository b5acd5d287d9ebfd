import { eventually as tryAgain } from '@reputable/cli';
import { PATIENCE } from './config.ts';

/**
 * Tries again until `attempt` succeeds, and returns its result. After {@link PATIENCE} times `promisedMs`, throws its last error.
 *
 * @param promisedMs how long it takes at most on a machine that is not busy, in milliseconds
 */
export const eventually = <T>(attempt: () => Promise<T> | T, promisedMs = 10_000): Promise<T> => tryAgain(attempt, PATIENCE * promisedMs);
