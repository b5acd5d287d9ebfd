import { timestampMs } from '@bufbuild/protobuf/wkt';
import { type ClientReadableStream, Client as GrpcClient, Metadata, type StatusObject } from '@grpc/grpc-js';
import { Logger } from '@nestjs/common';
import { methodDefinition } from '@reputable/contracts';
import { AuthService, type Revocation as RevocationMessage, type WatchRevocationsResponse } from '@reputable/contracts/auth/v1/auth';
import { DURATION_BUCKETS, instruments } from '@reputable/tracing';
import { channelOptions, type ClientIdentity } from '../call/client.ts';
import { RenewedClient } from '../tls/renewed-client.ts';
import { type Revocation, type TokenRevocations, SILENCE_MS } from './token-revocations.ts';
import type { StaleClaims } from './stale-claims.ts';

/** The pause before the stream reconnects, in milliseconds: the first one and the longest. */
const BACKOFF_MS = { first: 100, longest: 500 };

/**
 * How many times in a row the wait for the first update doubles. It has all revocations: many of them, or a busy server, take longer than
 * {@link SILENCE_MS}, and a stream that is cancelled then makes the server begin again.
 */
const DOUBLED = 3;

/** The auth service that serves the revocation stream. */
export interface RevocationSource {
  /** The auth service's gRPC target. */
  readonly url: string;
  /** The auth service's name. Its server must present a certificate for this name. */
  readonly service: string;
}

/** Keeps {@link TokenRevocations} up to date through `WatchRevocations`. Reconnects when the stream ends or delivers no update for too long. */
export class RevocationStream {
  readonly #log = new Logger('revocations');
  readonly #revocations: TokenRevocations;
  readonly #claims: StaleClaims | undefined;
  readonly #channel: RenewedClient;
  readonly #stopListening: () => void;
  #stream: ClientReadableStream<WatchRevocationsResponse> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #closed = false;

  /** @param claims receives the users whose claims have changed, if the app exchanges tokens */
  constructor({ url, service }: RevocationSource, identity: ClientIdentity, revocations: TokenRevocations, claims?: StaleClaims) {
    this.#revocations = revocations;
    this.#claims = claims;
    const options = { ...channelOptions(AuthService), ...identity.channelOptions };
    const open = () => new GrpcClient(url, identity.credentialsFor(service, url), options);
    this.#channel = new RenewedClient(open, (listener) => identity.onChange(listener));
    // After the channel, whose new client the stream then uses. A stream of the old one would not notice that the server is no longer trusted.
    this.#stopListening = identity.onChange(() => this.#stream?.cancel());
    this.#open();
  }

  close(): void {
    this.#closed = true;
    this.#stopListening();
    clearTimeout(this.#timer);
    this.#stream?.cancel();
    this.#channel.close();
  }

  #open(): void {
    const { path, requestSerialize, responseDeserialize } = methodDefinition(AuthService.method.watchRevocations);
    const stream = this.#channel.current.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize as (bytes: Buffer) => WatchRevocationsResponse,
      {},
      new Metadata(),
    );
    this.#stream = stream;
    this.#restartTimeout(SILENCE_MS * 2 ** Math.min(this.#failures, DOUBLED));
    // The stream does not repeat claim changes that happened while it was disconnected.
    stream.once('data', () => this.#claims?.missed());
    stream.on('data', ({ revocations, staleUserIds }: WatchRevocationsResponse) => {
      try {
        this.#revocations.apply(revocations.map(fromMessage));
        recordDelays(revocations);
        this.#claims?.changed(staleUserIds);
        this.#failures = 0;
        this.#restartTimeout(SILENCE_MS);
      } catch (error) {
        this.#log.error({ msg: 'revocation update rejected', err: error });
        stream.cancel();
      }
    });
    // The status carries the same error. Without a listener for 'error', Node ends the process.
    stream.on('error', () => undefined);
    stream.on('status', (status: StatusObject) => this.#reconnect(status));
  }

  /** Cancels the stream if no update arrives in time: a dead connection does not always report an error. */
  #restartTimeout(timeMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#stream?.cancel(), timeMs).unref();
  }

  #reconnect({ code, details }: StatusObject): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    const pause = Math.min(BACKOFF_MS.first * 2 ** this.#failures, BACKOFF_MS.longest);
    if (this.#failures === 0) this.#log.log({ msg: 'revocation stream disconnected', code, details });
    this.#failures += 1;
    this.#timer = setTimeout(() => this.#open(), pause * (0.5 + Math.random() / 2)).unref();
  }
}

const delays = instruments((meter) =>
  meter.createHistogram('reputable.revocation.delay', {
    unit: 's',
    description: 'Time from a revocation to its arrival',
    advice: { explicitBucketBoundaries: DURATION_BUCKETS },
  }),
);

function recordDelays(revocations: readonly RevocationMessage[]): void {
  for (const { createdAt } of revocations) if (createdAt) delays()?.record(Math.max(0, Date.now() - timestampMs(createdAt)) / 1000);
}

function fromMessage({ subject, issuedBefore, expiresAt, createdAt, number }: RevocationMessage): Revocation {
  // Skipping an incomplete revocation would accept the tokens it revokes. Rejecting the update counts as no update.
  if (subject.case === undefined || !issuedBefore || !expiresAt) {
    throw new Error('A revocation lacks its subject, issued_before or expires_at.');
  }
  return {
    subject: subject.case === 'sessionId' ? 'session' : 'user',
    id: subject.value,
    issuedBefore: timestampMs(issuedBefore),
    expiresAt: timestampMs(expiresAt),
    ...(createdAt && { createdAt: timestampMs(createdAt) }),
    ...(number > 0n && { number: Number(number) }),
  };
}
