import { DomainError, invalid } from '@reputable/errors';
import type { LogInQueue } from './log-in-queue.ts';

/**
 * Places a call for which auth checks the current password.
 *
 * @throws DomainError INVALID_FIELD about `current_password` if it is wrong; TOO_BUSY
 */
export async function checkingPassword<T>(queue: LogInQueue, call: () => Promise<T>): Promise<T> {
  try {
    return await queue.do(call);
  } catch (error) {
    throw isWrong(error) ? invalid([{ field: 'current_password', description: 'This is not your password.' }]) : error;
  }
}

const isWrong = (error: unknown) => error instanceof DomainError && error.reason === 'CREDENTIALS_INVALID';
