import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Creates the table of the last claims of each user. `rev` is the number of the last revocation before they were read, and `read_at` the time, by the clock
 * of the database.
 */
export class CreateKeptClaims1763700000029 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE kept_claims (
        user_id uuid PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
        claims jsonb NOT NULL,
        rev bigint NOT NULL,
        read_at timestamptz NOT NULL
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE kept_claims');
  }
}
