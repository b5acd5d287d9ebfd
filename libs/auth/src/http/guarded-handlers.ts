import { Logger, type Provider } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import type { KnownNames } from '../access/access-rule.ts';
import { TokenVerifier } from '../token/token-verifier.ts';
import { AccessGuard } from './access.guard.ts';
import { CallContextInterceptor } from './call-context.interceptor.ts';
import { checkHandlers } from './check-handlers.ts';
import { type Handler, handlersOf } from './handler.ts';
import { ProblemFilter } from './problem.filter.ts';

/**
 * Who guards the handlers other than rpcs: AuthModule, by `@Access` on each HTTP handler and GraphQL resolver, or the app itself.
 */
export type HandlerGuard = 'access' | 'own guard';

/** The kinds of handlers that only an app with an HTTP server serves. */
const NEEDS_HTTP: readonly Handler['kind'][] = [
  'HTTP',
  'GraphQL',
  'GraphQL field',
  'GraphQL subscription',
  'GraphQL reference',
  'WebSocket',
];

const ENABLED = Symbol('guarded handlers');

/**
 * The global guard of handlers other than rpcs, with its interceptor and filter. Checks all handlers before the app serves anything. An app
 * without HTTP has no guard, so that rpcs do not pay for it.
 */
export function guardedHandlers(guard: HandlerGuard, known: KnownNames): Provider[] {
  const only = <T>(make: (tokens: TokenVerifier) => T) => ({
    useFactory: (enabled: boolean, tokens: TokenVerifier) => (enabled ? make(tokens) : undefined),
    inject: [ENABLED, TokenVerifier],
  });
  return [
    {
      provide: ENABLED,
      useFactory: (modules: ModulesContainer, { httpAdapter }: Partial<HttpAdapterHost>) =>
        isEnabled(guard, known, modules, Boolean(httpAdapter)),
      inject: [ModulesContainer, HttpAdapterHost],
    },
    { provide: APP_GUARD, ...only((tokens) => new AccessGuard(tokens)) },
    { provide: APP_INTERCEPTOR, ...only(() => new CallContextInterceptor()) },
    { provide: APP_FILTER, ...only(() => new ProblemFilter()) },
  ];
}

function isEnabled(guard: HandlerGuard, known: KnownNames, modules: ModulesContainer, http: boolean): boolean {
  const handlers = handlersOf(modules).filter(({ kind }) => http || !NEEDS_HTTP.includes(kind));
  if (guard === 'access') checkHandlers(handlers, known);
  else if (handlers.some(({ kind }) => kind !== 'gRPC'))
    new Logger('auth').log({ msg: 'handlers guarded by the app', option: "handlers: 'own guard'" });
  return http && guard === 'access';
}
