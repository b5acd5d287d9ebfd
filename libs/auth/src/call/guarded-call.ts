import type { Metadata, ServerInterceptingCall, ServerInterceptingCallInterface, ServerMethodDefinition } from '@grpc/grpc-js';
import { MalformedRequest } from '@reputable/contracts';
import { invalid, toStatus } from '@reputable/errors';
import { tokenExpired } from '../access/denials.ts';
import { type CallContext, runInCall } from './call-context.ts';

/** An rpc as grpc-js tells an interceptor of it. */
export type Method = ServerMethodDefinition<unknown, unknown>;

type Listener = Parameters<ServerInterceptingCall['start']>[0];
type Status = Parameters<ServerInterceptingCall['sendStatus']>[0];

/** Decides about a call: enters it with a context, now or later, or ends it with a status. */
export type Decide = (call: GuardedCall, metadata: Metadata) => void;

/**
 * A call that reaches its handler only once it has been entered, and runs it in its context. It stands between grpc-js and the handler
 * as grpc-js's own `ServerInterceptingCall` does, without the dozen closures a call that one makes: this is the path of every request.
 */
export class GuardedCall implements ServerInterceptingCallInterface, Listener {
  readonly #call: ServerInterceptingCallInterface;
  readonly #decide: Decide;
  readonly #streams: boolean;
  #listener!: Listener;
  #metadata!: Metadata;
  #context: CallContext | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    readonly method: Method,
    call: ServerInterceptingCallInterface,
    decide: Decide,
  ) {
    this.#call = call;
    this.#decide = decide;
    this.#streams = method.requestStream || method.responseStream;
  }

  /** Lets the call in. The handler starts, and asks grpc-js for the messages: none comes before. */
  enter(context: CallContext): void {
    this.#context = context;
    if (!this.#streams) {
      this.#listener.onReceiveMetadata(this.#metadata);
      return;
    }
    // A stream ends with the token it was opened with.
    if (context.user) this.#timer = setTimeout(() => this.sendStatus(toStatus(tokenExpired())), context.user.expiresAt * 1000 - Date.now());
    runInCall(context, () => this.#listener.onReceiveMetadata(this.#metadata));
  }

  start(listener: Listener): void {
    this.#listener = listener;
    this.#call.start(this);
  }

  onReceiveMetadata(metadata: Metadata): void {
    this.#metadata = metadata;
    this.#decide(this, metadata);
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
    clearTimeout(this.#timer);
    this.#listener.onCancel();
  }

  sendStatus(status: Status): void {
    clearTimeout(this.#timer);
    this.#call.sendStatus(status);
  }

  sendMetadata(metadata: Metadata): void {
    this.#call.sendMetadata(metadata);
  }

  sendMessage(message: unknown, callback: () => void): void {
    this.#call.sendMessage(message, callback);
  }

  startRead(): void {
    this.#call.startRead();
  }

  getPeer(): string {
    return this.#call.getPeer();
  }

  getDeadline(): ReturnType<ServerInterceptingCallInterface['getDeadline']> {
    return this.#call.getDeadline();
  }

  getHost(): string {
    return this.#call.getHost();
  }

  getAuthContext(): ReturnType<ServerInterceptingCallInterface['getAuthContext']> {
    return this.#call.getAuthContext();
  }

  getConnectionInfo(): ReturnType<ServerInterceptingCallInterface['getConnectionInfo']> {
    return this.#call.getConnectionInfo();
  }

  getMetricsRecorder(): ReturnType<ServerInterceptingCallInterface['getMetricsRecorder']> {
    return this.#call.getMetricsRecorder();
  }
}
