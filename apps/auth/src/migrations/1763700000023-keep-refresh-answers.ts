import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds the sealed answer to the use of a refresh token, for a retry of the same use. */
export class KeepRefreshAnswers1763700000023 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE oauth_record ADD COLUMN answer text');
    await queryRunner.query('CREATE INDEX oauth_record_answer ON oauth_record (consumed_at) WHERE answer IS NOT NULL');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE oauth_record DROP COLUMN answer');
  }
}
