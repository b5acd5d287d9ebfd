import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Creates the table of revocations. A trigger notifies all replicas of each new row, in the transaction that inserts it. */
export class CreateRevocations1763700000002 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE revocation (
        id uuid PRIMARY KEY,
        subject_kind text NOT NULL CHECK (subject_kind IN ('session', 'user')),
        subject_id uuid NOT NULL,
        issued_before timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
    await queryRunner.query('CREATE INDEX revocation_subject ON revocation (subject_id, issued_before)');
    await queryRunner.query('CREATE INDEX revocation_expires ON revocation (expires_at)');
    await queryRunner.query(`
      CREATE FUNCTION notify_revocation() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_notify('revocation', row_to_json(NEW)::text);
        RETURN NULL;
      END $$`);
    await queryRunner.query('CREATE TRIGGER revocation_added AFTER INSERT ON revocation FOR EACH ROW EXECUTE FUNCTION notify_revocation()');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE revocation');
    await queryRunner.query('DROP FUNCTION notify_revocation');
  }
}
