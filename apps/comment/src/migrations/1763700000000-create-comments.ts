import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Creates the tables for comments with their scores, and for votes. */
export class CreateComments1763700000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE comment (
        id uuid PRIMARY KEY,
        post_id uuid NOT NULL,
        author_id uuid NOT NULL,
        body text NOT NULL,
        score int NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL
      )`);
    await queryRunner.query('CREATE INDEX comment_post ON comment (post_id, id)');
    await queryRunner.query(`
      CREATE TABLE comment_vote (
        comment_id uuid NOT NULL REFERENCES comment (id) ON DELETE CASCADE,
        user_id uuid NOT NULL,
        PRIMARY KEY (comment_id, user_id)
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE comment_vote, comment');
  }
}
