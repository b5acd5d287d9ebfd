import { type Span, trace } from '@opentelemetry/api';
import { Code, type DomainError } from '@reputable/errors';
import type { DecisionObserver } from './decision-observer.ts';
import type { VerifiedToken } from '../token/access-token.ts';
import { countDecision } from '../metric/decisions.ts';
import { pseudonymOf } from './pseudonym.ts';

/** Records the checks of a decision in a span, in order and with their durations, and facts about the token. Never the token. */
export class DecisionRecord implements DecisionObserver {
  readonly #checks: string[] = [];
  #last = performance.now();

  constructor(readonly span: Span) {}

  checked(check: string, refusal: DomainError | undefined): void {
    const now = performance.now();
    this.#checks.push(`${check} ${refusal?.reason ?? 'pass'} ${Math.round((now - this.#last) * 1000)} us`);
    this.#last = now;
  }

  verified({ user, audience, expiresAt, transaction }: VerifiedToken, cached: boolean): void {
    this.span.setAttributes({
      'reputable.user': pseudonymOf(user.id),
      'reputable.token.kind': transaction ? 'txn' : 'jwt',
      'reputable.token.cached': cached,
      'reputable.token.seconds_left': Math.floor(expiresAt - Date.now() / 1000),
      ...(transaction && { 'reputable.txn': transaction.id }),
      ...(user.issuer !== undefined && { 'reputable.token.issuer': user.issuer }),
      ...(audience && { 'reputable.token.audience': audience.join(', ') }),
    });
  }

  /** Adds the checks to the span, before it ends: one text, because each event of a span costs as much as three attributes. */
  end(): void {
    if (this.#checks.length > 0) this.span.setAttribute('reputable.checks', this.#checks.join(', '));
  }
}

/** Records a refusal. */
export function refuse(span: Span, { reason }: DomainError): void {
  span.setAttribute('reputable.decision', 'refuse').setAttribute('reputable.reason', reason);
}

/**
 * Records why a handler fails, in the span of its call and as a decision. A rule for the row can refuse what the rule of the rpc has allowed.
 *
 * @param rpc `package.Service/Rpc`
 */
export function noteReason(error: DomainError, rpc: string): void {
  const isRefusal = error.code === Code.PERMISSION_DENIED || error.code === Code.UNAUTHENTICATED;
  if (isRefusal) countDecision('handler', rpc, error);
  const span = trace.getActiveSpan();
  if (!span) return;
  if (isRefusal) refuse(span, error);
  else span.setAttribute('reputable.reason', error.reason);
}
