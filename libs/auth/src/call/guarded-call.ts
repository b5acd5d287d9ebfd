import {
  type Metadata,
  type ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerMethodDefinition,
  status,
} from '@grpc/grpc-js';
import { Logger } from '@nestjs/common';
import { MalformedRequest } from '@reputable/contracts';
import { internal, invalid, toStatus } from '@reputable/errors';
import { metadataTooLarge, overloaded, requestMismatch } from '../access/denials.ts';
import type { PeerSource } from '../peer/peer-source.ts';
import { type CallContext, runInCall } from './call-context.ts';
import { type CallPolicy, Denial } from './call-policy.ts';
import type { CallCount, CallsInFlight } from './calls-in-flight.ts';
import { refusals } from '../refusal/refusal-log.ts';
import { isTooLarge, MAX_METADATA_BYTES } from './metadata-size.ts';
import { isAboutRowsOf, isBoundTo, type RequestCodecs } from './request-binding.ts';
import { ObservedCall } from '../trace/observed-call.ts';

/** An rpc as grpc-js passes it to an interceptor. */
export type Method = ServerMethodDefinition<unknown, unknown>;

type Listener = Parameters<ServerInterceptingCall['start']>[0];
type Status = Parameters<ServerInterceptingCall['sendStatus']>[0];

/** The interval at which the policy rechecks an open stream, in milliseconds. */
const RECHECK_MS = 1_000;

/** The client ends a call at its own deadline, which can be this much earlier than ours, in milliseconds. */
const DEADLINE_LEAD_MS = 20;

/** The rpc of health checks. A busy service is not unhealthy. */
const HEALTH_CHECK = '/grpc.health.v1.Health/Check';

const log = new Logger('access');

/**
 * A call that reaches its handler only after the policy has authorized it. It starts the handler in the call's context, or sends the error
 * status and writes the log line. It replaces grpc-js's `ServerInterceptingCall`, which allocates a dozen closures per call.
 */
export class GuardedCall implements ServerInterceptingCallInterface, Listener {
  readonly #streams: boolean;
  #listener!: Listener;
  #metadata!: Metadata;
  #context: CallContext | undefined;
  #timer: NodeJS.Timeout | undefined;
  #hasEnded = false;
  /** The count of the peer's calls, while it includes this one. */
  #count: CallCount | undefined;
  /** Undefined without an OpenTelemetry SDK. */
  #observed: ObservedCall | undefined;

  constructor(
    readonly method: Method,
    /** The call from grpc-js. */
    readonly inner: ServerInterceptingCallInterface,
    readonly policy: CallPolicy,
    readonly peers: PeerSource,
    readonly codecs: RequestCodecs,
    readonly calls: CallsInFlight,
  ) {
    this.#streams = method.requestStream || method.responseStream;
  }

  #authorize(metadata: Metadata): void {
    const { path } = this.method;
    const peer = this.peers.serviceOf(this.inner, metadata);
    const observer = this.#observed?.observe(this.policy.rules.get(path), peer, this.peers);
    if (!this.#streams && !this.#addTo(peer)) return this.#act(new Denial(overloaded()), peer);
    const deadline = Number(this.inner.getDeadline());
    const decision = this.policy.authorize({ path, peer, authorization: authorizationOf(metadata), deadline, observer });
    if (!(decision instanceof Promise)) return this.#act(decision, peer);
    decision
      .then((result) => this.#act(result, peer))
      .catch((err: unknown) => {
        log.error({ msg: 'authorization failed', rpc: path, err });
        this.sendStatus(toStatus(internal()));
      });
  }

  /** Adds the call to those of its peer, before the checks, because verifying a token costs time. Returns false if the peer has too many. */
  #addTo(peer: string | undefined): boolean {
    this.#count = this.calls.add(peer);
    return this.#count !== undefined || this.method.path === HEALTH_CHECK;
  }

  #act(decision: CallContext | Denial, peer: string | undefined): void {
    if (!(decision instanceof Denial)) return this.#enter(decision);
    const { error, details } = decision;
    this.#observed?.refused(error);
    this.#inTrace(() => refusals.note({ ...error.metadata, rpc: this.method.path, reason: error.reason, service: peer, ...details }));
    this.sendStatus(toStatus(error));
  }

  /** Starts the handler. No message arrives earlier, because the handler requests the messages. Rechecks a stream while it is open. */
  #enter(context: CallContext): void {
    // While its token was verified. grpc-js would start the handler of a stream, and not report the end.
    if (this.#hasEnded) return;
    this.#context = context;
    this.#observed?.allowed();
    if (!this.#streams) {
      this.#listener.onReceiveMetadata(this.#metadata);
      return;
    }
    this.#timer = setInterval(() => {
      const peer = this.peers.serviceOf(this.inner, this.#metadata);
      const error = this.policy.recheck({ path: this.method.path, peer }, context);
      if (!error) return;
      this.#observed?.refused(error);
      this.sendStatus(toStatus(error));
    }, RECHECK_MS);
    this.#run(context, () => this.#listener.onReceiveMetadata(this.#metadata));
  }

  /** Runs a step of the handler. */
  #run(context: CallContext, step: () => void): void {
    this.#inTrace(() => runInCall(context, step));
  }

  #inTrace(work: () => void): void {
    if (this.#observed) this.#observed.run(work);
    else work();
  }

  start(listener: Listener): void {
    this.#listener = listener;
    this.inner.start(this);
  }

  onReceiveMetadata(metadata: Metadata): void {
    this.#metadata = metadata;
    this.#observed = ObservedCall.start(this.method.path, metadata);
    if (isTooLarge(metadata)) this.#act(new Denial(metadataTooLarge(MAX_METADATA_BYTES)), undefined);
    else this.#authorize(metadata);
  }

  onReceiveMessage(message: unknown): void {
    if (message instanceof MalformedRequest) this.sendStatus(toStatus(invalid([message])));
    else if (this.#context?.token?.transaction && !this.#isFor(message, this.#context))
      this.#act(forAnotherRequest(this.#context), this.#context.peer);
    // The handler of a unary call runs on half-close, not here.
    else if (this.#streams && this.#context) this.#run(this.#context, () => this.#listener.onReceiveMessage(message));
    else this.#listener.onReceiveMessage(message);
  }

  /** Whether the Transaction Token of the call is for this request. */
  #isFor(message: unknown, context: CallContext): boolean {
    const rule = this.policy.rules.get(this.method.path);
    return rule !== undefined && isBoundTo(message, rule.path, context, this.codecs) && isAboutRowsOf(context, message, rule);
  }

  onReceiveHalfClose(): void {
    if (this.#context) this.#run(this.#context, () => this.#listener.onReceiveHalfClose());
  }

  /** grpc-js calls this once at the end of every call: after its status too, and after its deadline, a cancellation or a lost connection. */
  onCancel(): void {
    this.#hasEnded = true;
    clearInterval(this.#timer);
    if (this.#count) this.#count.calls -= 1;
    this.#count = undefined;
    this.#observed?.end(isNear(this.getDeadline()) ? status.DEADLINE_EXCEEDED : status.CANCELLED);
    this.#listener.onCancel();
  }

  sendStatus(result: Status): void {
    clearInterval(this.#timer);
    this.#observed?.end(result.code);
    this.inner.sendStatus(result);
  }

  sendMetadata(metadata: Metadata): void {
    this.inner.sendMetadata(metadata);
  }

  sendMessage(message: unknown, callback: () => void): void {
    this.inner.sendMessage(message, callback);
  }

  startRead(): void {
    this.inner.startRead();
  }

  getPeer(): string {
    return this.inner.getPeer();
  }

  getDeadline(): ReturnType<ServerInterceptingCallInterface['getDeadline']> {
    return this.inner.getDeadline();
  }

  getHost(): string {
    return this.inner.getHost();
  }

  getAuthContext(): ReturnType<ServerInterceptingCallInterface['getAuthContext']> {
    return this.inner.getAuthContext();
  }

  getConnectionInfo(): ReturnType<ServerInterceptingCallInterface['getConnectionInfo']> {
    return this.inner.getConnectionInfo();
  }

  getMetricsRecorder(): ReturnType<ServerInterceptingCallInterface['getMetricsRecorder']> {
    return this.inner.getMetricsRecorder();
  }
}

const forAnotherRequest = ({ user, token }: CallContext) => new Denial(requestMismatch(), { user: user?.id, txn: token?.transaction?.id });

const isNear = (deadline: Date | number) => Number(deadline) - Date.now() <= DEADLINE_LEAD_MS;

/** The `authorization` entry of a call. Joins several entries: the result never verifies. */
function authorizationOf(metadata: Metadata): string | undefined {
  const values = metadata.get('authorization');
  return values.length === 0 ? undefined : values.join();
}
