import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Creates the table of personal access tokens. */
export class CreatePersonalAccessTokens1763700000008 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE personal_access_token (
        id uuid PRIMARY KEY REFERENCES session (id) ON DELETE CASCADE,
        hash bytea NOT NULL UNIQUE,
        scope text NOT NULL
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE personal_access_token');
  }
}
