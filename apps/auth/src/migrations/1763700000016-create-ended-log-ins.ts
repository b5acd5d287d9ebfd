import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Creates the table of log-ins that have ended, so that a request that is still in progress cannot save one again. */
export class CreateEndedLogIns1763700000016 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('CREATE TABLE ended_log_in (uid text PRIMARY KEY, ended_at timestamptz NOT NULL DEFAULT now())');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query("DELETE FROM oauth_record WHERE model = 'Session' AND uid IN (SELECT uid FROM ended_log_in)");
    await queryRunner.query('DROP TABLE ended_log_in');
  }
}
