import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Creates the tables for posts with their scores, and for votes. */
export class CreatePosts1763700000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE post (
        id uuid PRIMARY KEY,
        author_id uuid NOT NULL,
        title text NOT NULL,
        body text NOT NULL,
        score int NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL
      )`);
    await queryRunner.query('CREATE INDEX post_author ON post (author_id, id)');
    await queryRunner.query(`
      CREATE TABLE vote (
        post_id uuid NOT NULL REFERENCES post (id) ON DELETE CASCADE,
        user_id uuid NOT NULL,
        value smallint NOT NULL CHECK (value IN (-1, 1)),
        PRIMARY KEY (post_id, user_id)
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE vote, post');
  }
}
