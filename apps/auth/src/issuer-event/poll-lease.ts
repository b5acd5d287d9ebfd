import type { DataSource } from 'typeorm';

/** For how long a replica may poll before another one takes over, in seconds. */
const LEASE_S = 120;

const CLAIM = `INSERT INTO issuer_poll (issuer, next_at) VALUES ($1, now() + interval '${String(LEASE_S)} seconds')
  ON CONFLICT (issuer) DO UPDATE SET next_at = excluded.next_at WHERE issuer_poll.next_at <= now() RETURNING failures`;

const RELEASE = `UPDATE issuer_poll SET next_at = now() + $2 * interval '1 second', failures = $3 WHERE issuer = $1`;

/** Lets one replica at a time poll an issuer, when the next poll is due. */
export class PollLease {
  constructor(
    readonly dataSource: DataSource,
    readonly issuer: string,
  ) {}

  /** Begins a poll. Returns the number of failed polls before it; undefined if none is due, or another replica polls. */
  async claim(): Promise<number | undefined> {
    const [claimed] = await this.dataSource.query<{ failures: number }[]>(CLAIM, [this.issuer]);
    return claimed?.failures;
  }

  /** Ends a poll. The next one is due after the pause. */
  async release(pauseS: number, failures: number): Promise<void> {
    await this.dataSource.query(RELEASE, [this.issuer, pauseS, failures]);
  }
}
