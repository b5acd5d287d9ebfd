import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Creates the tables of accounts, sessions and refresh tokens. */
export class CreateAccounts1763700000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE account (
        id uuid PRIMARY KEY,
        email text NOT NULL UNIQUE CHECK (email = lower(email)),
        password_hash text NOT NULL,
        state text NOT NULL CHECK (state IN ('pending', 'active')),
        display_name text,
        held_until timestamptz,
        recovered_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        CHECK ((state = 'pending') = (display_name IS NOT NULL)),
        CHECK ((state = 'pending') = (held_until IS NOT NULL))
      )`);
    await queryRunner.query("CREATE INDEX account_pending ON account (held_until) WHERE state = 'pending'");
    await queryRunner.query(`
      CREATE TABLE session (
        id uuid PRIMARY KEY,
        account_id uuid NOT NULL REFERENCES account (id) ON DELETE CASCADE,
        device text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        last_used_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        ended_at timestamptz,
        end_reason text CHECK (end_reason IN ('logged_out', 'ended_by_user', 'refresh_token_reused')),
        CHECK ((ended_at IS NULL) = (end_reason IS NULL))
      )`);
    await queryRunner.query('CREATE INDEX session_account ON session (account_id, id DESC)');
    await queryRunner.query('CREATE INDEX session_expires ON session (expires_at)');
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

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE refresh_token, session, account');
  }
}
