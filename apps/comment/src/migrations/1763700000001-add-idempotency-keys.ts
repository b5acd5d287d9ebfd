import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds the key and the hash of the request that created a comment. */
export class AddIdempotencyKeys1763700000001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE comment ADD COLUMN idempotency_key text, ADD COLUMN request_hash bytea');
    await queryRunner.query(
      'CREATE UNIQUE INDEX comment_idempotency_key ON comment (author_id, idempotency_key) WHERE idempotency_key IS NOT NULL',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE comment DROP COLUMN idempotency_key, DROP COLUMN request_hash');
  }
}
