import type { MigrationInterface, QueryRunner } from 'typeorm';

const REASONS = `'logged_out', 'ended_by_user', 'password_changed', 'used_twice', 'revoked', 'client_removed'`;

/** Creates the tables of the sessions at outside providers, and of the logout tokens that were used. Allows their reason of an end. */
export class CreateOutsideSessions1763700000014 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE outside_session (
        login_uid text NOT NULL,
        issuer text NOT NULL,
        subject text NOT NULL,
        sid text,
        begun_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE NULLS NOT DISTINCT (login_uid, issuer, subject, sid)
      )`);
    await queryRunner.query('CREATE INDEX outside_session_subject ON outside_session (issuer, subject)');
    await queryRunner.query('CREATE INDEX outside_session_sid ON outside_session (issuer, sid) WHERE sid IS NOT NULL');
    await queryRunner.query(`
      CREATE TABLE used_logout_token (
        issuer text NOT NULL,
        jti_hash bytea NOT NULL CHECK (octet_length(jti_hash) = 32),
        expires_at timestamptz NOT NULL,
        PRIMARY KEY (issuer, jti_hash)
      )`);
    await queryRunner.query('CREATE INDEX used_logout_token_expires ON used_logout_token (expires_at)');
    await queryRunner.query(`
      ALTER TABLE session
        DROP CONSTRAINT session_end_reason_check,
        ADD CONSTRAINT session_end_reason_check CHECK (end_reason IN (${REASONS}, 'logged_out_at_provider'))`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE outside_session, used_logout_token');
    await queryRunner.query("UPDATE session SET end_reason = 'logged_out' WHERE end_reason = 'logged_out_at_provider'");
    await queryRunner.query(`
      ALTER TABLE session
        DROP CONSTRAINT session_end_reason_check,
        ADD CONSTRAINT session_end_reason_check CHECK (end_reason IN (${REASONS}))`);
  }
}
