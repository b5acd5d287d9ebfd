import {
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  HttpStatus,
  Injectable,
  type NestInterceptor,
  UnsupportedMediaTypeException,
} from '@nestjs/common';
import { CallRunner, type VerifiedToken } from '@reputable/auth';
import type { DomainError } from '@reputable/errors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AuthenticationGuard } from '../authentication/authentication.guard.ts';
import { requestInvalid } from '../graphql/request.errors.ts';
import { isOutage, refusalOf } from '../http/refusal.ts';
import { OPERATION, type OperationOptions } from './operation.ts';

/** A request that {@link ApiGuard} has authenticated. */
interface AuthenticatedRequest extends FastifyRequest {
  /** Undefined if it is anonymous. */
  verifiedToken?: VerifiedToken | undefined;
  /** Why its credential could not be checked. Then it is anonymous. */
  unidentified?: DomainError;
}

/**
 * Authenticates requests by the Passport strategies of the gateway. Anonymous requests pass: the rule of the rpc decides whether it needs a user.
 * It corresponds to `AuthGuard([…])` of `@nestjs/passport`, which would run every strategy until one succeeds, and await a cached token.
 */
@Injectable()
export class ApiGuard implements CanActivate {
  constructor(readonly authentication: AuthenticationGuard) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<AuthenticatedRequest>();
    refuseOtherTypes(request);
    const operation = Reflect.getMetadata(OPERATION, context.getHandler()) as OperationOptions | undefined;
    refuseCondition(request, operation);
    refuseKey(request, operation);
    const { promise, resolve, reject } = Promise.withResolvers<VerifiedToken | undefined>();
    this.authentication.authenticate(request, http.getResponse<FastifyReply>(), {
      success: resolve,
      error: (failure) => {
        const refusal = refusalOf(failure);
        if (!isOutage(failure) || !READS.has(request.method)) return reject(refusal);
        request.unidentified = refusal;
        resolve(undefined);
      },
    });
    request.verifiedToken = await promise;
    return true;
  }
}

/** The methods that change nothing (RFC 9110 §9.2.1). */
const READS = new Set(['GET', 'HEAD']);

/** Nest also parses forms, which the document does not describe. */
function refuseOtherTypes({ headers: { 'content-type': type } }: FastifyRequest): void {
  if (type !== undefined && !/^application\/json\s*(;|$)/i.test(type)) throw new UnsupportedMediaTypeException('Send application/json.');
}

/** A client that sends `If-Match` expects no effect if it does not match (RFC 9110 §13.1.1), so no operation ignores it. */
function refuseCondition({ headers: { 'if-match': condition } }: FastifyRequest, operation: OperationOptions | undefined): void {
  if (condition !== undefined && !operation?.refusals?.includes(HttpStatus.PRECONDITION_FAILED))
    throw requestInvalid('Send If-Match only with a change of a post.');
}

/** A client that sends a key expects that it can repeat the request, so no operation that creates something ignores it. Others can be repeated anyway. */
function refuseKey({ headers: { 'idempotency-key': key } }: FastifyRequest, operation: OperationOptions | undefined): void {
  if (key !== undefined && operation?.creates && !operation.takesKey)
    throw requestInvalid('This operation has no Idempotency-Key: a repeated request would create something again.');
}

/** Runs the handler as the user of the request, whose token its calls carry; anonymously if there is none. */
@Injectable()
export class AsTokenUser implements NestInterceptor {
  constructor(readonly calls: CallRunner) {}

  intercept(context: ExecutionContext, next: CallHandler): ReturnType<CallHandler['handle']> {
    const { verifiedToken, unidentified } = context.switchToHttp().getRequest<AuthenticatedRequest>();
    if (unidentified) return this.calls.runUnidentified(unidentified, () => next.handle());
    return this.calls.runAs(verifiedToken, () => next.handle());
  }
}
