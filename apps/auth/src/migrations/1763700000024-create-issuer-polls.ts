import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Creates the table of the polls for security event tokens, so that one replica polls an issuer at a time. */
export class CreateIssuerPolls1763700000024 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE issuer_poll (
        issuer text PRIMARY KEY,
        next_at timestamptz NOT NULL,
        failures integer NOT NULL DEFAULT 0
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE issuer_poll');
  }
}
