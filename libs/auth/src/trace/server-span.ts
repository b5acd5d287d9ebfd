import { type Metadata, status } from '@grpc/grpc-js';
import {
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TextMapGetter,
  trace,
} from '@opentelemetry/api';
import type { DomainError } from '@reputable/errors';
import { tracer } from '@reputable/tracing';
import type { AccessRule } from '../access/access-rule.ts';
import { SERVER_FAULTS } from '../metric/rpc-metrics.ts';
import type { PeerSource } from '../peer/peer-source.ts';
import { DecisionRecord, refuse } from './decision.ts';
import { inWords } from './rule-in-words.ts';

const METADATA: TextMapGetter<Metadata> = {
  keys: (metadata) => Object.keys(metadata.getMap()),
  get: (metadata, key) => {
    const values = metadata.get(key);
    // An empty list would count as an empty `tracestate`, which all further calls then carry.
    return values.length === 0 ? undefined : values.map(String);
  },
};

/** The span of a call that the server receives, also of one that it refuses. It begins before the decision. */
export class ServerSpan {
  readonly #context: Context;
  #decision: DecisionRecord | undefined;

  private constructor(
    readonly span: Span,
    parent: Context,
  ) {
    this.#context = span === trace.getSpan(parent) ? parent : trace.setSpan(parent, span);
  }

  /** Starts the span of a call; undefined without an OpenTelemetry SDK. */
  static start(path: string, metadata: Metadata): ServerSpan | undefined {
    const spans = tracer();
    if (!spans) return undefined;
    const parent = propagation.extract(ROOT_CONTEXT, metadata, METADATA);
    const rpc = path.slice(1);
    const attributes = { 'rpc.system.name': 'grpc', 'rpc.method': rpc };
    return new ServerSpan(spans.startSpan(rpc, { kind: SpanKind.SERVER, attributes }, parent), parent);
  }

  /** Records peer and rule. Returns the observer of the checks; undefined if the span is not sampled. */
  observe(rule: AccessRule | undefined, peer: string | undefined, peers: Pick<PeerSource, 'spiffeIdOf'>): DecisionRecord | undefined {
    if (!this.span.isRecording()) return undefined;
    this.span.setAttributes({
      ...(peer !== undefined && { 'reputable.peer': peers.spiffeIdOf(peer) ?? peer }),
      ...(rule && { 'reputable.rule': inWords(rule) }),
      'reputable.decision': 'allow',
      'reputable.token.kind': 'none',
    });
    return (this.#decision = new DecisionRecord(this.span));
  }

  refused(error: DomainError): void {
    refuse(this.span, error);
  }

  /** Runs `work` with this span as the parent of new ones. */
  run(work: () => void): void {
    context.with(this.#context, work);
  }

  end(code: status): void {
    this.#decision?.end();
    this.span.setAttribute('rpc.response.status_code', status[code]);
    if (SERVER_FAULTS.has(code)) this.span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', status[code]);
    this.span.end();
  }
}
