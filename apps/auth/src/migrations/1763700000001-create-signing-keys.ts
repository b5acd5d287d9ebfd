import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Creates the table of signing keys. A unique index allows one current key only. */
export class CreateSigningKeys1763700000001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE signing_key (
        kid text PRIMARY KEY,
        public_jwk jsonb NOT NULL,
        private_jwe text,
        state text NOT NULL CHECK (state IN ('next', 'current', 'retired')),
        created_at timestamptz NOT NULL DEFAULT now(),
        activated_at timestamptz,
        retired_at timestamptz,
        CHECK ((state = 'retired') = (private_jwe IS NULL)),
        CHECK ((state = 'retired') = (retired_at IS NOT NULL)),
        CHECK ((state = 'next') = (activated_at IS NULL))
      )`);
    await queryRunner.query("CREATE UNIQUE INDEX signing_key_state ON signing_key (state) WHERE state <> 'retired'");
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE signing_key');
  }
}
