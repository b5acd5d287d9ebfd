import type { MigrationInterface, QueryRunner } from 'typeorm';

const REASONS = `'logged_out', 'ended_by_user', 'password_changed', 'used_twice', 'revoked', 'client_removed', 'logged_out_at_provider'`;

/** Creates the table of deleted accounts of which other services still have data. Allows the reason of the end of their sessions. */
export class CreateAccountDeletions1763700000028 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE account_deletion (
        user_id uuid PRIMARY KEY,
        deleted_at timestamptz NOT NULL DEFAULT now(),
        unconfirmed text[] NOT NULL
      )`);
    await queryRunner.query(`
      ALTER TABLE session
        DROP CONSTRAINT session_end_reason_check,
        ADD CONSTRAINT session_end_reason_check CHECK (end_reason IN (${REASONS}, 'account_deleted'))`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE account_deletion');
    await queryRunner.query("UPDATE session SET end_reason = 'ended_by_user' WHERE end_reason = 'account_deleted'");
    await queryRunner.query(`
      ALTER TABLE session
        DROP CONSTRAINT session_end_reason_check,
        ADD CONSTRAINT session_end_reason_check CHECK (end_reason IN (${REASONS}))`);
  }
}
