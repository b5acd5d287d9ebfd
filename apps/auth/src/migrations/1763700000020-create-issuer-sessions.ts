import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Creates the table of the sessions at other issuers whose tokens are accepted. */
export class CreateIssuerSessions1763700000020 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE issuer_session (
        session_id uuid PRIMARY KEY REFERENCES session (id) ON DELETE CASCADE,
        issuer text NOT NULL,
        subject text NOT NULL,
        sid text
      )`);
    await queryRunner.query('CREATE INDEX issuer_session_subject ON issuer_session (issuer, subject)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE issuer_session');
  }
}
