import { expect, it } from '@jest/globals';
import { createTestDatabase, query } from '@reputable/testing';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { dataSourceOptions } from './data-source.ts';
import { migrate } from './migrate.ts';

/** Takes longer than a statement of a service may, and than its pool waits for an answer. */
class Long1763700000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('CREATE TABLE long AS SELECT 1 AS one FROM pg_sleep(12.5)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE long');
  }
}

it('lets a migration take its time, runs it once, and lets other replicas wait for it', async () => {
  const url = await createTestDatabase('migrate');
  const options = dataSourceOptions({ url, entities: [], migrations: [Long1763700000000] });
  const replicas = await Promise.all([1, 2].map(() => new DataSource(options).initialize()));
  try {
    await Promise.all(replicas.map(migrate));
    expect(await query(url, 'SELECT count(*)::int AS runs FROM migrations')).toEqual([{ runs: 1 }]);
  } finally {
    await Promise.all(replicas.map((replica) => replica.destroy()));
  }
});
