import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Creates the audit log. Triggers make the table append-only, also for its owner: a row is never changed, and it can be deleted after 30 days only. `recorded_at` is by
 * the clock of the database, whatever a statement says.
 */
export class CreateAuditEvents1763700000025 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE audit_event (
        id uuid PRIMARY KEY,
        time timestamptz NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        type text NOT NULL,
        outcome text NOT NULL CHECK (outcome IN ('success', 'failure')),
        reason text,
        count integer NOT NULL,
        actor_type text NOT NULL,
        actor_id text,
        user_id uuid,
        session_id uuid,
        client_id text,
        peer text,
        address text,
        trace_id text,
        details jsonb NOT NULL
      )`);
    await queryRunner.query('CREATE INDEX audit_event_user ON audit_event (user_id, id)');
    await queryRunner.query('CREATE INDEX audit_event_recorded ON audit_event (recorded_at, id)');
    await queryRunner.query(`
      CREATE FUNCTION stamp_audit_event() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        NEW.recorded_at := clock_timestamp();
        RETURN NEW;
      END $$`);
    await queryRunner.query(`
      CREATE FUNCTION keep_audit_events() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP = 'DELETE' THEN
          IF OLD.recorded_at <= clock_timestamp() - interval '30 days' THEN RETURN OLD; END IF;
        END IF;
        RAISE EXCEPTION 'audit_event is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
      END $$`);
    await queryRunner.query(
      'CREATE TRIGGER audit_event_stamp BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION stamp_audit_event()',
    );
    await queryRunner.query(
      'CREATE TRIGGER audit_event_keep BEFORE UPDATE OR DELETE ON audit_event FOR EACH ROW EXECUTE FUNCTION keep_audit_events()',
    );
    await queryRunner.query(
      'CREATE TRIGGER audit_event_keep_all BEFORE TRUNCATE ON audit_event FOR EACH STATEMENT EXECUTE FUNCTION keep_audit_events()',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE audit_event');
    await queryRunner.query('DROP FUNCTION keep_audit_events');
    await queryRunner.query('DROP FUNCTION stamp_audit_event');
  }
}
