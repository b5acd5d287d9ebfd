import { type Context, context, type Span, trace } from '@opentelemetry/api';
import { pseudonymOf, TokenRefusal, type VerifiedToken } from '@reputable/auth';
import { DomainError } from '@reputable/errors';
import { failed, partTracer } from '@reputable/tracing';

/** The span of a request's authentication: the kind of the credential, the outcome, and whether its JWT was cached. */
export class AuthenticationSpan {
  readonly #inside: Context;

  private constructor(
    readonly span: Span,
    /** The context of the request. */
    readonly request: Context,
  ) {
    this.#inside = trace.setSpan(request, span);
  }

  /**
   * Undefined without an OpenTelemetry SDK.
   *
   * @param kind the kind of the credential, `none` without one
   */
  static start(kind: string): AuthenticationSpan | undefined {
    const cached = kind !== 'none' && kind !== 'unknown' && { 'reputable.token.cached': true };
    const span = partTracer()?.startSpan('authenticate', { attributes: { 'reputable.token.kind': kind, ...cached } });
    return span && new AuthenticationSpan(span, context.active());
  }

  /** Runs the authentication. The calls that it places are part of this span. */
  run<T>(work: () => T): T {
    return context.with(this.#inside, work);
  }

  /** Runs the rest of the request outside of the span. */
  rest(work: () => void): void {
    context.with(this.request, work);
  }

  /** Ends the span. Runs the rest of the request outside of it. */
  succeeded(token: VerifiedToken | undefined, rest: () => void): void {
    this.span.setAttribute('reputable.decision', 'allow');
    if (token)
      this.span.setAttributes({
        'reputable.user': pseudonymOf(token.user.id),
        'reputable.token.seconds_left': Math.floor(token.expiresAt - Date.now() / 1000),
      });
    this.span.end();
    this.rest(rest);
  }

  /** Ends the span. */
  refused(failure: unknown): void {
    const error = failure instanceof TokenRefusal ? failure.error : failure;
    if (error instanceof DomainError) this.span.setAttributes({ 'reputable.decision': 'refuse', 'reputable.reason': error.reason });
    else failed(this.span, error);
    this.span.end();
  }
}
