import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Creates the table of consents. Consents given before lasted as long as their log-in, and stay with it. */
export class CreateConsents1763700000011 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE consent (
        id uuid PRIMARY KEY,
        account_id uuid NOT NULL REFERENCES account (id) ON DELETE CASCADE,
        client_id text NOT NULL REFERENCES oauth_client (id) ON DELETE CASCADE,
        allowed text[] NOT NULL,
        rejected text[] NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (account_id, client_id)
      )`);
    await queryRunner.query('CREATE INDEX consent_client ON consent (client_id)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE consent');
  }
}
