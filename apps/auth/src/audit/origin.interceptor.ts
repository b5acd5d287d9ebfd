import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { currentCall } from '@reputable/auth';
import type { FastifyInstance } from 'fastify';
import { isIP } from 'node:net';
import type { Observable } from 'rxjs';
import { type Origin, runFrom, spiffeId } from './origin.ts';

/** The injection token of the trust domain of the services. */
export const TRUST_DOMAIN = Symbol('trust domain');

/**
 * Gives each request its {@link Origin}. By HTTP, the address is the client's by TRUSTED_PROXIES. By gRPC, it is in the request, and the
 * gateway has found it in the same way.
 */
@Injectable()
export class OriginInterceptor implements NestInterceptor {
  constructor(
    { httpAdapter }: HttpAdapterHost,
    @Inject(TRUST_DOMAIN) readonly trustDomain: string,
  ) {
    httpAdapter.getInstance<FastifyInstance>().addHook('preHandler', ({ ip: address }, _reply, done) => {
      runFrom({ address }, done);
    });
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'rpc') return next.handle();
    return runFrom(this.#originOf(context.switchToRpc().getData()), () => next.handle());
  }

  /** The handler validates the request later. */
  #originOf(request: unknown): Origin {
    const { address } = Object(request) as { readonly address?: unknown };
    return {
      peer: spiffeId(this.trustDomain, currentCall()?.peer),
      address: typeof address === 'string' && isIP(address) !== 0 ? address : undefined,
    };
  }
}
