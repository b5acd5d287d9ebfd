import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { type Revocation, TokenRevocations } from '@reputable/auth';
import { Listener } from '@reputable/database';
import { serviceUnavailable } from '@reputable/errors';
import { Observable, Subject } from 'rxjs';
import { DataSource } from 'typeorm';

/** The provider of the {@link TokenRevocations} by which this replica itself refuses tokens. */
export const REVOCATIONS = Symbol('revocations');

/** The channel of `NOTIFY`. The trigger on the table has it, too. */
const CHANNEL = 'revocation';

/** A row of the table, as JSON: so it is notified of, and read. */
interface Row {
  readonly subject_kind: Revocation['subject'];
  readonly subject_id: string;
  readonly issued_before: string;
  readonly expires_at: string;
}

/** That a user's tokens no longer say what is right. It is notified of, and kept nowhere. */
interface Announcement {
  readonly stale_user_id: string;
}

/** What those who watch are told. */
export interface News {
  readonly revocations: readonly Revocation[];
  /** Whose tokens no longer say what is right, and are good all the same. */
  readonly staleUserIds: readonly string[];
}

/** What is revoked, as the database has it, told to this replica and to everybody who watches; and whose claims have changed. */
@Injectable()
export class RevocationLog implements OnModuleInit, OnModuleDestroy {
  readonly #news = new Subject<News>();
  readonly #listener: Listener;

  constructor(
    readonly dataSource: DataSource,
    @Inject(REVOCATIONS) readonly revocations: TokenRevocations,
  ) {
    this.#listener = new Listener({
      dataSource,
      channel: CHANNEL,
      onNotify: (payload) => this.#told(JSON.parse(payload) as Row | Announcement),
      onConnect: async (read) => {
        const rows = await read<{ row: Row }>('SELECT row_to_json(revocation) AS row FROM revocation WHERE expires_at > now()');
        this.#tell(rows.map(({ row }) => fromRow(row)));
      },
      onAlive: () => this.#tell([]),
    });
  }

  /** Announces that a user's claims have changed, to those who watch any replica by now. */
  async announce(userId: string): Promise<void> {
    await this.dataSource.query('SELECT pg_notify($1, $2)', [CHANNEL, JSON.stringify({ stale_user_id: userId } satisfies Announcement)]);
  }

  /** All that are revoked, then what is new; nothing new every second or so, while the database is heard of. */
  watch(): Observable<News> {
    return new Observable((watcher) => {
      if (this.revocations.fault !== undefined) throw serviceUnavailable('database');
      watcher.next({ revocations: [...this.revocations.all()], staleUserIds: [] });
      return this.#news.subscribe(watcher);
    });
  }

  async onModuleInit(): Promise<void> {
    await this.#listener.start();
  }

  async onModuleDestroy(): Promise<void> {
    // Who watches goes to another replica, or waits for this one to be back.
    this.#news.complete();
    await this.#listener.stop();
  }

  #told(notice: Row | Announcement): void {
    if ('stale_user_id' in notice) this.#tell([], [notice.stale_user_id]);
    else this.#tell([fromRow(notice)]);
  }

  #tell(revocations: readonly Revocation[], staleUserIds: readonly string[] = []): void {
    this.revocations.apply(revocations);
    this.#news.next({ revocations, staleUserIds });
  }
}

const fromRow = ({ subject_kind, subject_id, issued_before, expires_at }: Row): Revocation => ({
  subject: subject_kind,
  id: subject_id,
  issuedBefore: Date.parse(issued_before),
  expiresAt: Date.parse(expires_at),
});
