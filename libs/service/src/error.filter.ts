import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import { currentCall } from '@reputable/auth';
import { DomainError, internal, serviceUnavailable, toStatus } from '@reputable/errors';
import { type Observable, throwError } from 'rxjs';
import { isOutage } from './outage.ts';

/**
 * Turns what a handler throws into the status of its call: a DomainError as it is; a database that is gone, as UNAVAILABLE; anything else,
 * as INTERNAL. What was not foreseen is logged. Errors of other transports are passed on.
 */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  readonly #log = new Logger('error');

  catch(error: unknown, host: ArgumentsHost): Observable<never> {
    if (host.getType() !== 'rpc') throw error;
    return throwError(() => toStatus(error instanceof DomainError ? error : this.#unexpected(error)));
  }

  #unexpected(error: unknown): DomainError {
    const call = currentCall();
    this.#log.error({ msg: 'a call failed', err: error, user: call?.user?.id, service: call?.peer });
    return isOutage(error) ? serviceUnavailable('database') : internal();
  }
}
