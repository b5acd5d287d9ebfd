import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Creates the table of one-time links. Adds the time at which an account's e-mail address was verified. */
export class CreateOneTimeLinks1763700000007 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE one_time_link (
        id uuid PRIMARY KEY,
        purpose text NOT NULL CHECK (purpose IN ('verify_email', 'log_in', 'reset_password', 'change_email')),
        token_hash bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
        account_id uuid NOT NULL REFERENCES account (id) ON DELETE CASCADE,
        email text NOT NULL,
        interaction_hash bytea CHECK (octet_length(interaction_hash) = 32),
        expires_at timestamptz NOT NULL,
        used_at timestamptz,
        CHECK ((purpose = 'log_in') = (interaction_hash IS NOT NULL))
      )`);
    await queryRunner.query('CREATE INDEX one_time_link_account ON one_time_link (account_id)');
    await queryRunner.query('CREATE INDEX one_time_link_expires ON one_time_link (expires_at)');
    await queryRunner.query('ALTER TABLE account ADD COLUMN email_verified_at timestamptz');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE account DROP COLUMN email_verified_at');
    await queryRunner.query('DROP TABLE one_time_link');
  }
}
