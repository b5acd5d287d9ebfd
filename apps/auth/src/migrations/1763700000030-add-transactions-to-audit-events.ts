import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds the `txn` of the Transaction Token with which the request came, if it had one. */
export class AddTransactionsToAuditEvents1763700000030 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE audit_event ADD COLUMN txn text');
    await queryRunner.query('CREATE INDEX audit_event_txn ON audit_event (txn) WHERE txn IS NOT NULL');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE audit_event DROP COLUMN txn');
  }
}
