import type { DomainError } from '@reputable/errors';
import { instruments } from '@reputable/tracing';

/**
 * The place of a decision: the `rule` of the rpc at the service, the `handler`, for example by a rule for the row, or `early`, the client that
 * applies the rule of the rpc before it calls.
 */
export type DecidedBy = 'rule' | 'handler' | 'early';

/** The form of a reason. Any other text is not a label. */
const REASON = /^[A-Z][A-Z\d_]{0,62}$/;

const decisions = instruments((meter) =>
  meter.createCounter('reputable.decisions', { unit: '{decision}', description: 'Decisions whether a user or a service may place a call' }),
);

/**
 * Counts a decision.
 *
 * @param rpc `package.Service/Rpc`
 * @param refusal the error of a refused call
 */
export function countDecision(by: DecidedBy, rpc: string, refusal?: DomainError): void {
  decisions()?.add(1, {
    'rpc.method': rpc,
    'reputable.decided_by': by,
    'reputable.decision': refusal ? 'refuse' : 'allow',
    ...(refusal && { 'reputable.reason': REASON.test(refusal.reason) ? refusal.reason : '_OTHER' }),
  });
}
