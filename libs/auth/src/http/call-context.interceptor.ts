import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { runInCall } from '../call/call-context.ts';
import { callOf, requestOf } from './http-request.ts';

/** Runs HTTP handlers and GraphQL resolvers in the context that the guard authorized: `@CurrentUser()` and calls to services read it. */
@Injectable()
export class CallContextInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = requestOf(context);
    const call = request && callOf(request);
    return call ? runInCall(call, () => next.handle()) : next.handle();
  }
}
