import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Creates the index by which old undone events are found. */
export class IndexUndoneEvents1763700000031 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('CREATE INDEX reputation_event_undone ON reputation_event (occurred_at, id) WHERE undone');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX reputation_event_undone');
  }
}
