import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds the link by which a user confirms an address that an outside provider has not verified. */
export class ConfirmOutsideAddresses1763700000015 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE outside_log_in ADD COLUMN link_hash bytea CHECK (octet_length(link_hash) = 32)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE outside_log_in DROP COLUMN link_hash');
  }
}
