import { type ArgumentsHost, Catch, type ExceptionFilter, Logger, Optional } from '@nestjs/common';
import { DomainError, internal, toStatus } from '@reputable/errors';
import { type Observable, throwError } from 'rxjs';
import { currentCall } from './call-context.ts';

/**
 * Turns what a handler throws into the status of its call, where Nest would answer UNKNOWN: a DomainError with its status, reason and metadata,
 * anything else as INTERNAL, which is logged. Errors of other transports are passed on. `app.useGlobalFilters(new DomainErrorFilter())`.
 */
@Catch()
export class DomainErrorFilter implements ExceptionFilter {
  readonly #log = new Logger('error');

  /** @param translate the DomainError that stands for another error, for example that of a lost database; undefined for INTERNAL */
  constructor(@Optional() readonly translate: (error: unknown) => DomainError | undefined = () => undefined) {}

  catch(error: unknown, host: ArgumentsHost): Observable<never> {
    if (host.getType() !== 'rpc') throw error;
    return throwError(() => toStatus(error instanceof DomainError ? error : this.#unexpected(error)));
  }

  #unexpected(error: unknown): DomainError {
    const call = currentCall();
    this.#log.error({ msg: 'call failed', err: error, user: call?.user?.id, service: call?.peer });
    return this.translate(error) ?? internal();
  }
}
