import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { Revocation } from '@reputable/auth';
import {
  type AnnounceClaimsRequest,
  type RecordAuditEventRequest,
  type RevocationSchema,
  type RevokeUserRequest,
  type WatchRevocationsRequest,
  type WatchRevocationsResponse,
  WatchRevocationsResponseSchema,
} from '@reputable/contracts/auth/v1/auth';

type Watcher = ServerWritableStream<WatchRevocationsRequest, WatchRevocationsResponse>;

/** The interval of empty updates, in milliseconds. */
const HEARTBEAT_MS = 500;

/** The revocation stream of a world: revocations and claim changes. */
export class TestRevocations {
  /** All RevokeUser requests, each id once, as auth applies them. They are recorded only. */
  readonly requests: RevokeUserRequest[] = [];
  /** All RecordAuditEvent requests. They are recorded only. */
  readonly audited: RecordAuditEventRequest[] = [];
  /** The users of all AnnounceClaims requests. They are recorded only. */
  readonly announced: string[] = [];
  readonly #watchers = new Set<Watcher>();
  readonly #revocations: Revocation[] = [];
  readonly #timer = setInterval(() => this.#send({}), HEARTBEAT_MS).unref();

  /** Revokes all tokens of a session, or the tokens of a user issued up to the end of this second. */
  revoke(subject: Revocation['subject'], id: string): void {
    const now = Date.now();
    const issuedBefore = subject === 'session' ? Infinity : (Math.floor(now / 1000) + 1) * 1000;
    const revocation = { subject, id, issuedBefore, expiresAt: now + 310_000 };
    this.#revocations.push(revocation);
    this.#send({ revocations: [revocation] });
  }

  /** The time from which new tokens for a user and session are valid, in milliseconds since the epoch; Infinity means never. */
  revokedUntil(userId: string, sessionId: string): number {
    const matching = this.#revocations.filter(({ subject, id }) => id === (subject === 'user' ? userId : sessionId));
    return Math.max(0, ...matching.map(({ issuedBefore }) => issuedBefore));
  }

  /** Announces that these users' claims have changed. */
  announce(...staleUserIds: string[]): void {
    this.#send({ staleUserIds });
  }

  /** Serves WatchRevocations. */
  watch(watcher: Watcher): void {
    this.#watchers.add(watcher);
    watcher.on('cancelled', () => this.#watchers.delete(watcher));
    watcher.write(messageOf({ revocations: this.#revocations }));
  }

  /** Serves RecordAuditEvent. */
  noteAuditEvent(request: RecordAuditEventRequest): object {
    this.audited.push(request);
    return {};
  }

  /** Serves RevokeUser. */
  noteRevocation(request: RevokeUserRequest): object {
    if (!this.requests.some(({ id }) => id === request.id)) this.requests.push(request);
    return {};
  }

  /** Serves AnnounceClaims. */
  noteAnnouncement({ userId }: AnnounceClaimsRequest): object {
    this.announced.push(userId);
    return {};
  }

  /** Ends all streams. */
  cut(): void {
    for (const watcher of this.#watchers) watcher.end();
    this.#watchers.clear();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #send(update: Update): void {
    for (const watcher of this.#watchers) watcher.write(messageOf(update));
  }
}

interface Update {
  readonly revocations?: readonly Revocation[];
  readonly staleUserIds?: readonly string[];
}

const messageOf = ({ revocations = [], staleUserIds = [] }: Update) =>
  create(WatchRevocationsResponseSchema, { revocations: revocations.map(toMessage), staleUserIds: [...staleUserIds] });

/** The latest time that a Timestamp can express. */
const NEVER_MS = Date.UTC(9999, 0);

const toMessage = ({ subject, id, issuedBefore, expiresAt }: Revocation): MessageInitShape<typeof RevocationSchema> => ({
  subject: { case: subject === 'session' ? 'sessionId' : 'userId', value: id },
  issuedBefore: timestampFromMs(Math.min(issuedBefore, NEVER_MS)),
  expiresAt: timestampFromMs(expiresAt),
});
