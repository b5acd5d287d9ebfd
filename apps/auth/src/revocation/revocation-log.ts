import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { type Revocation, TokenRevocations } from '@reputable/auth';
import { Listener } from '@reputable/database';
import { databaseUnavailable } from '@reputable/errors';
import { Observable, Subject } from 'rxjs';
import { DataSource } from 'typeorm';

/** The injection token of this replica's own {@link TokenRevocations}. */
export const REVOCATIONS = Symbol('revocations');

/** The channel of `NOTIFY`, also named in the table's trigger. */
const CHANNEL = 'revocation';

/** A row of the table as JSON, in notifications and queries. */
interface Row {
  readonly subject_kind: Revocation['subject'];
  readonly subject_id: string;
  readonly issued_before: string;
  readonly expires_at: string;
  readonly created_at: string;
  readonly number: number;
}

/** The notification that a user's claims have changed. It is not stored. */
interface Announcement {
  readonly stale_user_id: string;
}

/** An update of the revocation stream. */
export interface RevocationUpdate {
  readonly revocations: readonly Revocation[];
  /** The users whose tokens have outdated claims but stay valid. */
  readonly staleUserIds: readonly string[];
}

/** Delivers revocations and changes of claims from the database to this replica and to the subscribers of its streams. */
@Injectable()
export class RevocationLog implements OnModuleInit, OnModuleDestroy {
  readonly #updates = new Subject<RevocationUpdate>();
  readonly #listener: Listener;

  constructor(
    readonly dataSource: DataSource,
    @Inject(REVOCATIONS) readonly revocations: TokenRevocations,
  ) {
    this.#listener = new Listener({
      dataSource,
      channel: CHANNEL,
      onNotify: (payload) => this.#received(JSON.parse(payload) as Row | Announcement),
      onConnect: async (read) => {
        const rows = await read<{ row: Row }>('SELECT row_to_json(revocation) AS row FROM revocation WHERE expires_at > now()');
        this.#publish(rows.map(({ row }) => fromRow(row)));
      },
      onAlive: () => this.#publish([]),
    });
  }

  /** Announces a change of a user's claims to the current subscribers of all replicas. */
  async announce(userId: string): Promise<void> {
    await this.dataSource.query('SELECT pg_notify($1, $2)', [CHANNEL, JSON.stringify({ stale_user_id: userId } satisfies Announcement)]);
  }

  /** Emits all revocations, then each update; an empty update every second while the database connection is alive. */
  watch(): Observable<RevocationUpdate> {
    return new Observable((subscriber) => {
      if (this.revocations.fault !== undefined) throw databaseUnavailable();
      subscriber.next({ revocations: [...this.revocations.all()], staleUserIds: [] });
      return this.#updates.subscribe(subscriber);
    });
  }

  async onModuleInit(): Promise<void> {
    await this.#listener.start();
  }

  async onModuleDestroy(): Promise<void> {
    // Subscribers reconnect, to another replica or to this one.
    this.#updates.complete();
    await this.#listener.stop();
  }

  #received(notification: Row | Announcement): void {
    if ('stale_user_id' in notification) this.#publish([], [notification.stale_user_id]);
    else this.#publish([{ ...fromRow(notification), createdAt: Date.parse(notification.created_at) }]);
  }

  #publish(revocations: readonly Revocation[], staleUserIds: readonly string[] = []): void {
    this.revocations.apply(revocations);
    this.#updates.next({ revocations, staleUserIds });
  }
}

const fromRow = ({ subject_kind, subject_id, issued_before, expires_at, number }: Row): Revocation => ({
  subject: subject_kind,
  id: subject_id,
  issuedBefore: Date.parse(issued_before),
  expiresAt: Date.parse(expires_at),
  // A session that has ended gets no more tokens.
  ...(subject_kind === 'user' && { number }),
});
