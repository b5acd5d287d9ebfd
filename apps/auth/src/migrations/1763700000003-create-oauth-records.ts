import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Creates the tables of the authorization server's records and clients. The records include the refresh tokens. Existing sessions have no
 * client, so they are deleted, and all users log in again.
 */
export class CreateOAuthRecords1763700000003 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE refresh_token');
    await queryRunner.query('DELETE FROM session');
    await queryRunner.query(`
      ALTER TABLE session
        ADD COLUMN client_id text NOT NULL,
        ADD COLUMN login_uid text,
        DROP CONSTRAINT session_end_reason_check,
        ADD CONSTRAINT session_end_reason_check
          CHECK (end_reason IN ('logged_out', 'ended_by_user', 'password_changed', 'used_twice', 'revoked', 'client_removed'))`);
    await queryRunner.query('CREATE INDEX session_login ON session (login_uid) WHERE login_uid IS NOT NULL');
    await queryRunner.query('CREATE INDEX session_client ON session (client_id)');
    await queryRunner.query(`
      CREATE TABLE oauth_record (
        model text NOT NULL,
        hash bytea NOT NULL,
        payload jsonb NOT NULL,
        grant_id uuid,
        uid text,
        expires_at timestamptz,
        consumed_at timestamptz,
        PRIMARY KEY (model, hash)
      )`);
    await queryRunner.query('CREATE INDEX oauth_record_grant ON oauth_record (grant_id) WHERE grant_id IS NOT NULL');
    await queryRunner.query('CREATE INDEX oauth_record_uid ON oauth_record (uid) WHERE uid IS NOT NULL');
    await queryRunner.query('CREATE INDEX oauth_record_expires ON oauth_record (expires_at)');
    await queryRunner.query(`
      CREATE TABLE oauth_client (
        id text PRIMARY KEY,
        metadata jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE oauth_client, oauth_record');
    await queryRunner.query('DELETE FROM session');
    await queryRunner.query(`
      ALTER TABLE session
        DROP COLUMN client_id,
        DROP COLUMN login_uid,
        DROP CONSTRAINT session_end_reason_check,
        ADD CONSTRAINT session_end_reason_check CHECK (end_reason IN ('logged_out', 'ended_by_user', 'refresh_token_reused'))`);
    await queryRunner.query(`
      CREATE TABLE refresh_token (
        hash bytea PRIMARY KEY,
        session_id uuid NOT NULL REFERENCES session (id) ON DELETE CASCADE,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        consumed_at timestamptz
      )`);
    await queryRunner.query('CREATE INDEX refresh_token_session ON refresh_token (session_id)');
  }
}
