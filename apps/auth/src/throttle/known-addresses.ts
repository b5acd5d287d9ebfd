import type { DataSource } from 'typeorm';
import type { Fingerprints } from './fingerprints.ts';

/** How long an address stays known after a log-in. */
export const KNOWN_FOR = "interval '30 days'";

/** The addresses from which each account has logged in, as fingerprints of account and address. */
export class KnownAddresses {
  constructor(
    readonly dataSource: DataSource,
    readonly fingerprints: Fingerprints,
  ) {}

  /** Whether the account has logged in from this network of late. */
  async has(email: string, network: string): Promise<boolean> {
    const key = this.fingerprints.of(email, network);
    const known = `SELECT FROM known_address WHERE key = $1 AND logged_in_at > now() - ${KNOWN_FOR}`;
    return (await this.dataSource.query<object[]>(known, [key])).length > 0;
  }

  /** Records a log-in. */
  async add(email: string, network: string): Promise<void> {
    await this.dataSource.query(
      'INSERT INTO known_address (key, logged_in_at) VALUES ($1, now()) ON CONFLICT (key) DO UPDATE SET logged_in_at = now()',
      [this.fingerprints.of(email, network)],
    );
  }
}
