import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Creates the table of the gateway's browser sessions: sealed content by the hash of a cookie. */
export class CreateBrowserSessions1763700000004 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE browser_session (
        id_hash bytea PRIMARY KEY CHECK (octet_length(id_hash) = 32),
        sealed bytea NOT NULL CHECK (octet_length(sealed) <= 16384),
        version integer NOT NULL DEFAULT 1,
        held_until timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL
      )`);
    await queryRunner.query('CREATE INDEX browser_session_expires ON browser_session (expires_at)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE browser_session');
  }
}
