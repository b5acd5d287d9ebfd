import type { MigrationInterface, QueryRunner } from 'typeorm';

const FUNCTIONS = ['stamp_audit_event', 'keep_audit_events'];

/**
 * Gives the triggers of the audit log a search path of their own. With that of the session, a function `clock_timestamp` in another schema
 * sets their clock, and the triggers allow what they exist to refuse.
 */
export class PinPathOfAuditTriggers1763700000027 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const name of FUNCTIONS) await queryRunner.query(`ALTER FUNCTION ${name}() SET search_path = pg_catalog, pg_temp`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const name of FUNCTIONS) await queryRunner.query(`ALTER FUNCTION ${name}() RESET search_path`);
  }
}
