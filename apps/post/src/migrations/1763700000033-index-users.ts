import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Creates the index by which the votes of a deleted user are found. */
export class IndexUsers1763700000033 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('CREATE INDEX vote_user ON vote (user_id, post_id)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX vote_user');
  }
}
