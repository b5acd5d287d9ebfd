import { timestampMs } from '@bufbuild/protobuf/wkt';
import { type ClientReadableStream, Client as GrpcClient, Metadata, type StatusObject } from '@grpc/grpc-js';
import { Logger } from '@nestjs/common';
import { serviceDefinition } from '@reputable/contracts';
import { AuthService, type Revocation as WireRevocation, type WatchRevocationsResponse } from '@reputable/contracts/auth/v1/auth';
import { channelOptions, type ClientIdentity } from '../call/client.ts';
import { RenewedClient } from '../tls/renewed-client.ts';
import { type Revocation, type TokenRevocations, SILENCE_MS } from './token-revocations.ts';
import type { StaleClaims } from './stale-claims.ts';

/** How long to wait before the stream is opened again, in milliseconds: at first, and at most. */
const BACKOFF_MS = { first: 100, most: 500 };

/** Where revocations come from. */
export interface RevocationSource {
  /** Where the auth service listens: a gRPC target. */
  readonly url: string;
  /** Its name: its server must show a certificate for it. */
  readonly service: string;
}

/** Keeps {@link TokenRevocations} up to date by `WatchRevocations`: opens the stream, and opens it again whenever it ends or falls silent. */
export class RevocationStream {
  readonly #log = new Logger('revocations');
  readonly #revocations: TokenRevocations;
  readonly #claims: StaleClaims | undefined;
  readonly #channel: RenewedClient;
  #stream: ClientReadableStream<WatchRevocationsResponse> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #closed = false;

  /** @param claims where it is to be told whose claims have changed, for those who can do something about it */
  constructor({ url, service }: RevocationSource, identity: ClientIdentity, revocations: TokenRevocations, claims?: StaleClaims) {
    this.#revocations = revocations;
    this.#claims = claims;
    const open = () => new GrpcClient(url, identity.credentialsFor(service), channelOptions(AuthService));
    this.#channel = new RenewedClient(open, (listener) => identity.onChange(listener));
    this.#open();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#stream?.cancel();
    this.#channel.close();
  }

  #open(): void {
    const { path, requestSerialize, responseDeserialize } = serviceDefinition(AuthService).WatchRevocations as ReturnType<
      typeof serviceDefinition
    >[string];
    const stream = this.#channel.current.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize as (bytes: Buffer) => WatchRevocationsResponse,
      {},
      new Metadata(),
    );
    this.#stream = stream;
    this.#expectWord();
    // Nobody tells again whose claims have changed while there was no stream.
    stream.once('data', () => this.#claims?.missed());
    stream.on('data', ({ revocations, staleUserIds }: WatchRevocationsResponse) => {
      try {
        this.#revocations.apply(revocations.map(fromWire));
        this.#claims?.changed(staleUserIds);
        this.#failures = 0;
        this.#expectWord();
      } catch (error) {
        this.#log.error({ msg: 'revocations could not be understood', err: error });
        stream.cancel();
      }
    });
    // The status says the same; but an error that nobody listens to ends the process.
    stream.on('error', () => undefined);
    stream.on('status', (status: StatusObject) => this.#again(status));
  }

  /** A connection can be dead without anybody saying so. */
  #expectWord(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#stream?.cancel(), SILENCE_MS).unref();
  }

  #again({ code, details }: StatusObject): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    const pause = Math.min(BACKOFF_MS.first * 2 ** this.#failures, BACKOFF_MS.most);
    if (this.#failures === 0) this.#log.log({ msg: 'The stream of revocations ended, and is opened again.', code, details });
    this.#failures += 1;
    this.#timer = setTimeout(() => this.#open(), pause * (0.5 + Math.random() / 2)).unref();
  }
}

function fromWire({ subject, issuedBefore, expiresAt }: WireRevocation): Revocation {
  // One that cannot be understood must not be passed over: as long as it comes, this counts as no word at all.
  if (subject.case === undefined || !issuedBefore || !expiresAt) throw new Error('A revocation does not say what it revokes.');
  return {
    subject: subject.case === 'sessionId' ? 'session' : 'user',
    id: subject.value,
    issuedBefore: timestampMs(issuedBefore),
    expiresAt: timestampMs(expiresAt),
  };
}
