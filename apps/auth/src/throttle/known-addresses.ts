import type { DataSource } from 'typeorm';

/** How long an address stays known after a log-in. */
export const KNOWN_FOR = "interval '30 days'";

/** The addresses from which each account has logged in, as fingerprints of account and address. */
export class KnownAddresses {
  constructor(readonly dataSource: DataSource) {}

  async has(key: string): Promise<boolean> {
    const rows = await this.dataSource.query<object[]>(`SELECT FROM known_address WHERE key = $1 AND logged_in_at > now() - ${KNOWN_FOR}`, [
      key,
    ]);
    return rows.length > 0;
  }

  async add(key: string): Promise<void> {
    await this.dataSource.query(
      'INSERT INTO known_address (key, logged_in_at) VALUES ($1, now()) ON CONFLICT (key) DO UPDATE SET logged_in_at = now()',
      [key],
    );
  }
}
