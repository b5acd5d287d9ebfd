import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Numbers the revocations, so that the order of revocations and tokens needs no clock. */
export class NumberRevocations1763700000026 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('CREATE SEQUENCE revocation_number');
    await queryRunner.query("ALTER TABLE revocation ADD COLUMN number bigint NOT NULL DEFAULT nextval('revocation_number')");
    await queryRunner.query('ALTER SEQUENCE revocation_number OWNED BY revocation.number');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE revocation DROP COLUMN number');
  }
}
