import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { DomainError, toStatus } from '@reputable/errors';
import { type Observable, throwError } from 'rxjs';

/**
 * Has a refusal that a handler throws reach its caller as it is meant: with its status, its reason and its metadata. Without it, Nest
 * answers UNKNOWN. `app.useGlobalFilters(new DomainErrorFilter())`; `runService` of `@reputable/service` has one that does more.
 */
@Catch(DomainError)
export class DomainErrorFilter implements ExceptionFilter<DomainError> {
  catch(error: DomainError, host: ArgumentsHost): Observable<never> {
    if (host.getType() !== 'rpc') throw error;
    return throwError(() => toStatus(error));
  }
}
