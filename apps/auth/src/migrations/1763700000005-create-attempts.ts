import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Creates the tables of counted attempts and known addresses. All keys are fingerprints: see throttle/fingerprints.ts. */
export class CreateAttempts1763700000005 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    // rate-limiter-flexible defines the columns and their order; `expire` is in milliseconds since 1970. An attack makes many transactions
    // wait for one row, so the table is unlogged and no commit waits for the disk. A crash of PostgreSQL loses the counts, nothing else.
    await queryRunner.query(`
      CREATE UNLOGGED TABLE attempt (
        key varchar(255) PRIMARY KEY,
        points integer NOT NULL DEFAULT 0,
        expire bigint
      )`);
    await queryRunner.query('CREATE INDEX attempt_expire ON attempt (expire)');
    await queryRunner.query('CREATE TABLE known_address (key text PRIMARY KEY, logged_in_at timestamptz NOT NULL)');
    await queryRunner.query('CREATE INDEX known_address_logged_in ON known_address (logged_in_at)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE known_address, attempt');
  }
}
