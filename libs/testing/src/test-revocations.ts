import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { Revocation } from '@reputable/auth';
import {
  type AnnounceClaimsRequest,
  type RevocationSchema,
  type RevokeUserRequest,
  type WatchRevocationsRequest,
  type WatchRevocationsResponse,
  WatchRevocationsResponseSchema,
} from '@reputable/contracts/auth/v1/auth';

type Watcher = ServerWritableStream<WatchRevocationsRequest, WatchRevocationsResponse>;

/** How often watchers are told that there is nothing new, in milliseconds. */
const HEARTBEAT_MS = 500;

/** The revocations of a world, and whose claims have changed, for those who watch. */
export class TestRevocations {
  /** The users whose tokens were to be revoked. That is noted, and nothing done about it. */
  readonly asked: RevokeUserRequest[] = [];
  /** The users whose claims were announced to have changed. That is noted, and nothing done about it. */
  readonly announced: string[] = [];
  readonly #watchers = new Set<Watcher>();
  readonly #revocations: Revocation[] = [];
  readonly #timer = setInterval(() => this.#tell({}), HEARTBEAT_MS).unref();

  /** Revokes all tokens of a session or a user that were issued up to now: of a user, up to the end of this second. */
  revoke(subject: Revocation['subject'], id: string): void {
    const now = Date.now();
    const issuedBefore = subject === 'session' ? Infinity : (Math.floor(now / 1000) + 1) * 1000;
    const revocation = { subject, id, issuedBefore, expiresAt: now + 310_000 };
    this.#revocations.push(revocation);
    this.#tell({ revocations: [revocation] });
  }

  /** When tokens are good again that are issued for a user in a session: in milliseconds since the epoch; Infinity means never. */
  goodAgain(userId: string, sessionId: string): number {
    const about = this.#revocations.filter(({ subject, id }) => id === (subject === 'user' ? userId : sessionId));
    return Math.max(0, ...about.map(({ issuedBefore }) => issuedBefore));
  }

  /** Tells that what the tokens of these users say is no longer right. */
  announce(...staleUserIds: string[]): void {
    this.#tell({ staleUserIds });
  }

  /** Serves WatchRevocations. */
  watch(watcher: Watcher): void {
    this.#watchers.add(watcher);
    watcher.on('cancelled', () => this.#watchers.delete(watcher));
    watcher.write(messageOf({ revocations: this.#revocations }));
  }

  /** Serves RevokeUser. */
  noteRevocation(request: RevokeUserRequest): object {
    this.asked.push(request);
    return {};
  }

  /** Serves AnnounceClaims. */
  noteAnnouncement({ userId }: AnnounceClaimsRequest): object {
    this.announced.push(userId);
    return {};
  }

  /** Ends the streams of all who watch. */
  cut(): void {
    for (const watcher of this.#watchers) watcher.end();
    this.#watchers.clear();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tell(news: News): void {
    for (const watcher of this.#watchers) watcher.write(messageOf(news));
  }
}

interface News {
  readonly revocations?: readonly Revocation[];
  readonly staleUserIds?: readonly string[];
}

const messageOf = ({ revocations = [], staleUserIds = [] }: News) =>
  create(WatchRevocationsResponseSchema, { revocations: revocations.map(toMessage), staleUserIds: [...staleUserIds] });

/** The last time that a Timestamp can tell. */
const NEVER_MS = Date.UTC(9999, 0);

const toMessage = ({ subject, id, issuedBefore, expiresAt }: Revocation): MessageInitShape<typeof RevocationSchema> => ({
  subject: { case: subject === 'session' ? 'sessionId' : 'userId', value: id },
  issuedBefore: timestampFromMs(Math.min(issuedBefore, NEVER_MS)),
  expiresAt: timestampFromMs(expiresAt),
});
