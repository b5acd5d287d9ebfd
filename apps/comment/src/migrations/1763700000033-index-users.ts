import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Creates the indexes by which the comments and votes of a deleted user are found. */
export class IndexUsers1763700000033 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('CREATE INDEX comment_author ON comment (author_id, id)');
    await queryRunner.query('CREATE INDEX comment_vote_user ON comment_vote (user_id, comment_id)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX comment_author, comment_vote_user');
  }
}
