import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Creates the tables of log-ins with outside providers. Allows accounts that have an e-mail address and no password. */
export class CreateLinkedLogIns1763700000012 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE account
        DROP CONSTRAINT account_credentials_check,
        ADD CONSTRAINT account_credentials_check CHECK (password_hash IS NULL OR email IS NOT NULL)`);
    await queryRunner.query(`
      CREATE TABLE linked_log_in (
        id uuid PRIMARY KEY,
        account_id uuid NOT NULL REFERENCES account (id) ON DELETE CASCADE,
        issuer text NOT NULL,
        subject text NOT NULL,
        email text,
        created_at timestamptz NOT NULL DEFAULT now(),
        last_used_at timestamptz,
        UNIQUE (issuer, subject),
        UNIQUE (account_id, issuer)
      )`);
    await queryRunner.query(`
      CREATE TABLE outside_log_in (
        id uuid PRIMARY KEY,
        state_hash bytea NOT NULL UNIQUE CHECK (octet_length(state_hash) = 32),
        provider text NOT NULL,
        interaction_hash bytea CHECK (octet_length(interaction_hash) = 32),
        account_id uuid REFERENCES account (id) ON DELETE CASCADE,
        begun_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        returned_at timestamptz,
        identity jsonb,
        CHECK ((interaction_hash IS NULL) <> (account_id IS NULL)),
        CHECK (identity IS NULL OR returned_at IS NOT NULL)
      )`);
    await queryRunner.query('CREATE INDEX outside_log_in_account ON outside_log_in (account_id)');
    await queryRunner.query('CREATE INDEX outside_log_in_interaction ON outside_log_in (interaction_hash)');
    await queryRunner.query('CREATE INDEX outside_log_in_expires ON outside_log_in (expires_at)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE outside_log_in, linked_log_in');
    await queryRunner.query('DELETE FROM account WHERE email IS NOT NULL AND password_hash IS NULL');
    await queryRunner.query(`
      ALTER TABLE account
        DROP CONSTRAINT account_credentials_check,
        ADD CONSTRAINT account_credentials_check CHECK ((email IS NULL) = (password_hash IS NULL))`);
  }
}
