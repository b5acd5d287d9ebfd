import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How often was tried what, and from where accounts are used. All keys are fingerprints: see throttle/fingerprints.ts. */
export class CreateAttempts1763700000005 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    // The columns are those of rate-limiter-flexible, in its order; `expire` is in milliseconds since 1970. Many wait for one row when
    // somebody guesses, so nobody waits for the disk: if PostgreSQL crashes, the counts of the last hour are lost, and nothing else is.
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
