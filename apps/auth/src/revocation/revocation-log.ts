import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { type Revocation, Revocations } from '@reputable/auth';
import { Listener } from '@reputable/database';
import { serviceUnavailable } from '@reputable/errors';
import { Observable, Subject } from 'rxjs';
import { DataSource } from 'typeorm';

/** The provider of the {@link Revocations} by which this replica itself refuses tokens. */
export const REVOCATIONS = Symbol('revocations');

/** A row of the table, as JSON: so it is notified of, and read. */
interface Row {
  readonly subject_kind: Revocation['subject'];
  readonly subject_id: string;
  readonly issued_before: string;
  readonly expires_at: string;
}

/** What is revoked, as the database has it, told to this replica and to everybody who watches. */
@Injectable()
export class RevocationLog implements OnModuleInit, OnModuleDestroy {
  readonly #news = new Subject<readonly Revocation[]>();
  readonly #listener: Listener;

  constructor(
    dataSource: DataSource,
    @Inject(REVOCATIONS) readonly revocations: Revocations,
  ) {
    this.#listener = new Listener({
      dataSource,
      channel: 'revocation',
      onNotify: (payload) => this.#tell([fromRow(JSON.parse(payload) as Row)]),
      onConnect: async (read) => {
        const rows = await read<{ row: Row }>('SELECT row_to_json(revocation) AS row FROM revocation WHERE expires_at > now()');
        this.#tell(rows.map(({ row }) => fromRow(row)));
      },
      onAlive: () => this.#tell([]),
    });
  }

  /** All that are revoked, then what is new; nothing new every second or so, while the database is heard of. */
  watch(): Observable<readonly Revocation[]> {
    return new Observable((watcher) => {
      if (this.revocations.fault !== undefined) throw serviceUnavailable('database');
      watcher.next([...this.revocations.all()]);
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

  #tell(revocations: readonly Revocation[]): void {
    this.revocations.heard(revocations);
    this.#news.next(revocations);
  }
}

const fromRow = ({ subject_kind, subject_id, issued_before, expires_at }: Row): Revocation => ({
  subject: subject_kind,
  id: subject_id,
  issuedBefore: Date.parse(issued_before),
  expiresAt: Date.parse(expires_at),
});
