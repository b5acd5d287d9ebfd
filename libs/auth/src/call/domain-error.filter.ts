import type { ServerUnaryCall } from '@grpc/grpc-js';
import { type ArgumentsHost, Catch, type ExceptionFilter, Logger, Optional } from '@nestjs/common';
import { RpcException } from '@nestjs/microservices';
import { Code, DomainError, internal, toStatus } from '@reputable/errors';
import { EMPTY, type Observable, throwError } from 'rxjs';
import { answerProblem } from '../refusal/problem.ts';
import { refusals } from '../refusal/refusal-log.ts';
import { noteReason } from '../trace/decision.ts';
import { currentCall } from './call-context.ts';
import { statusIn } from './rpc-exception.ts';

/**
 * Maps errors of gRPC handlers to the status of the call: a DomainError to its code, reason and metadata, an RpcException to the status in it,
 * any other error to INTERNAL with a log line. (Nest maps errors other than RpcExceptions to UNKNOWN.) Over HTTP and GraphQL, a DomainError
 * becomes problem details, as with `ProblemFilter`, and other errors are rethrown. `app.useGlobalFilters(new DomainErrorFilter())`.
 */
@Catch()
export class DomainErrorFilter implements ExceptionFilter {
  readonly #log = new Logger('error');

  /** @param translate returns the DomainError for another error, for example a lost database connection; undefined for INTERNAL */
  constructor(@Optional() readonly translate: (error: unknown) => DomainError | undefined = () => undefined) {}

  catch(error: unknown, host: ArgumentsHost): Observable<never> {
    if (host.getType() !== 'rpc') {
      if (!(error instanceof DomainError)) throw error;
      answerProblem(error, host);
      return EMPTY;
    }
    if (error instanceof DomainError) noteReason(error, rpcOf(host));
    if (error instanceof DomainError && error.code === Code.PERMISSION_DENIED) noteRefusal(error, rpcOf(host));
    const status = error instanceof RpcException ? statusIn(error) : undefined;
    return throwError(() => status ?? toStatus(error instanceof DomainError ? error : this.#unexpected(error)));
  }

  #unexpected(error: unknown): DomainError {
    const call = currentCall();
    this.#log.error({ msg: 'call failed', err: error, user: call?.user?.id, service: call?.peer });
    return this.translate(error) ?? internal();
  }
}

/** `package.Service/Rpc`. The last argument of a handler is the call; over other transports than gRPC it is not. */
function rpcOf(host: ArgumentsHost): string {
  const call = host.getArgs<unknown[]>().at(-1) as Partial<ServerUnaryCall<unknown, unknown>> | undefined;
  return call?.getPath?.().slice(1) ?? '_OTHER';
}

/** Logs that a rule for the row has refused what the rule of the rpc has allowed. */
function noteRefusal({ reason, metadata }: DomainError, rpc: string): void {
  const call = currentCall();
  refusals.note({ ...metadata, rpc: `/${rpc}`, reason, user: call?.user?.id, service: call?.peer });
}
