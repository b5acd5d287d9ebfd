import type { Metadata, ServerInterceptingCall, ServerInterceptingCallInterface, ServerMethodDefinition } from '@grpc/grpc-js';
import { MalformedRequest } from '@reputable/contracts';
import { type DomainError, invalid, toStatus } from '@reputable/errors';
import { type CallContext, runInCall } from './call-context.ts';

/** An rpc as grpc-js tells an interceptor of it. */
export type Method = ServerMethodDefinition<unknown, unknown>;

type Listener = Parameters<ServerInterceptingCall['start']>[0];
type Status = Parameters<ServerInterceptingCall['sendStatus']>[0];

/** How often an open stream is looked at again, in milliseconds. */
const RECHECK_MS = 1_000;

/** Who decides about calls. */
export interface Policy {
  /** Enters a call with a context, now or later, or ends it with a status. */
  decide(call: GuardedCall, metadata: Metadata): void;
  /** Why a call that was let in with this context would be refused now, if it would. */
  reconsider(call: GuardedCall, context: CallContext): DomainError | undefined;
}

/**
 * A call that reaches its handler only once it has been entered, and runs it in its context. It stands between grpc-js and the handler
 * as grpc-js's own `ServerInterceptingCall` does, without the dozen closures a call that one makes: this is the path of every request.
 */
export class GuardedCall implements ServerInterceptingCallInterface, Listener {
  readonly #policy: Policy;
  readonly #streams: boolean;
  #listener!: Listener;
  #metadata!: Metadata;
  #context: CallContext | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    readonly method: Method,
    /** The call as it came. */
    readonly inner: ServerInterceptingCallInterface,
    policy: Policy,
  ) {
    this.#policy = policy;
    this.#streams = method.requestStream || method.responseStream;
  }

  /**
   * Lets the call in. The handler starts, and asks grpc-js for the messages: none comes before.
   * A stream is let in for as long as it would be: no longer than the token it was opened with, or the caller's certificate.
   */
  enter(context: CallContext): void {
    this.#context = context;
    if (!this.#streams) {
      this.#listener.onReceiveMetadata(this.#metadata);
      return;
    }
    this.#timer = setInterval(() => {
      const error = this.#policy.reconsider(this, context);
      if (error) this.sendStatus(toStatus(error));
    }, RECHECK_MS);
    runInCall(context, () => this.#listener.onReceiveMetadata(this.#metadata));
  }

  start(listener: Listener): void {
    this.#listener = listener;
    this.inner.start(this);
  }

  onReceiveMetadata(metadata: Metadata): void {
    this.#metadata = metadata;
    this.#policy.decide(this, metadata);
  }

  onReceiveMessage(message: unknown): void {
    if (message instanceof MalformedRequest) this.sendStatus(toStatus(invalid([message])));
    // The handler of a unary call runs when the request has ended, not before.
    else if (this.#streams && this.#context) runInCall(this.#context, () => this.#listener.onReceiveMessage(message));
    else this.#listener.onReceiveMessage(message);
  }

  onReceiveHalfClose(): void {
    if (this.#context) runInCall(this.#context, () => this.#listener.onReceiveHalfClose());
  }

  onCancel(): void {
    clearInterval(this.#timer);
    this.#listener.onCancel();
  }

  sendStatus(status: Status): void {
    clearInterval(this.#timer);
    this.inner.sendStatus(status);
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
