import type { MigrationInterface, QueryRunner } from 'typeorm';

const GRANTABLE = 'posts:read posts:write votes:write comments:write profile:read profile:write';
/** The scopes of a record's client. Our own clients have two more. */
const SCOPES = `CASE WHEN payload ->> 'clientId' IN ('first-party', 'gateway') THEN '${GRANTABLE} account moderation' ELSE '${GRANTABLE}' END`;

/** Replaces the scope `api` in clients, grants and tokens by the scopes that it stood for, so that sessions continue. */
export class DivideApiScope1763700000006 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `UPDATE oauth_client SET metadata = jsonb_set(metadata, '{api_scope}', '"${GRANTABLE}"') WHERE metadata ->> 'api_scope' = 'api'`,
    );
    await queryRunner.query(`
      UPDATE oauth_record SET payload = jsonb_set(payload, '{scope}',
        to_jsonb(regexp_replace(payload ->> 'scope', '(^| )api( |$)', '\\1' || ${SCOPES} || '\\2')))
      WHERE payload ->> 'scope' ~ '(^| )api( |$)'`);
    await queryRunner.query(`
      UPDATE oauth_record SET payload = jsonb_set(payload, '{resources}', (
        SELECT jsonb_object_agg(key, CASE value WHEN 'api' THEN ${SCOPES} ELSE value END) FROM jsonb_each_text(payload -> 'resources')))
      WHERE model = 'Grant' AND payload ? 'resources'`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('The scope api cannot be restored: clients and tokens may have narrower scopes now.'));
  }
}
