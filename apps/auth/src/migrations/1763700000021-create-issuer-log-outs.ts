import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Creates the table of log-outs at other issuers, so that tokens from before a log-out begin no session here. */
export class CreateIssuerLogOuts1763700000021 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE issuer_log_out (
        id uuid PRIMARY KEY,
        issuer text NOT NULL,
        subject text,
        sid text,
        ended_at timestamptz NOT NULL DEFAULT now(),
        CHECK (subject IS NOT NULL OR sid IS NOT NULL)
      )`);
    await queryRunner.query('CREATE INDEX issuer_log_out_subject ON issuer_log_out (issuer, subject)');
    await queryRunner.query('CREATE INDEX issuer_log_out_sid ON issuer_log_out (issuer, sid)');
    await queryRunner.query('CREATE INDEX issuer_log_out_ended ON issuer_log_out (ended_at)');
    await queryRunner.query('CREATE INDEX issuer_session_sid ON issuer_session (issuer, sid)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX issuer_session_sid');
    await queryRunner.query('DROP TABLE issuer_log_out');
  }
}
