import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Creates the tables for profiles with roles and reputation, and for reputation events. */
export class CreateProfiles1763700000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE profile (
        id uuid PRIMARY KEY,
        display_name text NOT NULL,
        roles text[] NOT NULL DEFAULT '{}',
        reputation_sum int NOT NULL DEFAULT 0,
        suspended_at timestamptz,
        suspension_reason text,
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
    await queryRunner.query(`
      CREATE TABLE reputation_event (
        id uuid PRIMARY KEY,
        user_id uuid NOT NULL REFERENCES profile (id) ON DELETE CASCADE,
        kind text NOT NULL,
        undone boolean NOT NULL,
        subject_id uuid NOT NULL,
        delta int NOT NULL,
        occurred_at timestamptz NOT NULL
      )`);
    await queryRunner.query('CREATE INDEX reputation_event_user ON reputation_event (user_id, id DESC)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE reputation_event, profile');
  }
}
