import type { Metadata, status } from '@grpc/grpc-js';
import type { DomainError } from '@reputable/errors';
import type { AccessRule } from '../access/access-rule.ts';
import { countDecision } from '../metric/decisions.ts';
import { areCallsTimed, recordServerCall } from '../metric/rpc-metrics.ts';
import type { PeerSource } from '../peer/peer-source.ts';
import type { DecisionRecord } from './decision.ts';
import { ServerSpan } from './server-span.ts';

/** Health checks come every few seconds, so they have neither spans nor metrics. */
const UNOBSERVED = '/grpc.health.v1.Health/';

/** The span and the metrics of a call that the server receives, also of one that it refuses. It begins before the decision. */
export class ObservedCall {
  readonly #startedAt = performance.now();
  #rpc = '_OTHER';
  #isEnded = false;

  private constructor(
    readonly path: string,
    readonly span: ServerSpan | undefined,
  ) {}

  /** Starts to observe a call; undefined without an OpenTelemetry SDK. */
  static start(path: string, metadata: Metadata): ObservedCall | undefined {
    if (path.startsWith(UNOBSERVED)) return undefined;
    const span = ServerSpan.start(path, metadata);
    return span || areCallsTimed() ? new ObservedCall(path, span) : undefined;
  }

  /** Records peer and rule. Returns the observer of the checks; undefined if the span is not sampled. */
  observe(rule: AccessRule | undefined, peer: string | undefined, peers: Pick<PeerSource, 'spiffeIdOf'>): DecisionRecord | undefined {
    if (rule) this.#rpc = this.path.slice(1);
    return this.span?.observe(rule, peer, peers);
  }

  allowed(): void {
    countDecision('rule', this.#rpc);
  }

  refused(error: DomainError): void {
    countDecision('rule', this.#rpc, error);
    this.span?.refused(error);
  }

  /** Runs `work` with the span as the parent of new ones. */
  run(work: () => void): void {
    if (this.span) this.span.run(work);
    else work();
  }

  /** Ends the span, once, and records the duration. */
  end(code: status): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    recordServerCall(this.#rpc, code, performance.now() - this.#startedAt);
    this.span?.end(code);
  }
}
