import { expect, it } from '@jest/globals';
import { dataSourceOptions } from '@reputable/database';
import { createTestDatabase } from '@reputable/testing';
import { DataSource } from 'typeorm';
import { schema } from '../schema.ts';
import { DivideApiScope1763700000006 } from './1763700000006-divide-api-scope.ts';

const GRANTABLE = 'posts:read posts:write votes:write comments:write profile:read profile:write';
const RESOURCE = 'https://api.example/graphql';

it('replaces the scope api in clients, grants and tokens, and nothing else', async () => {
  const all = Object.values(schema.migrations);
  const migrations = all.slice(0, all.indexOf(DivideApiScope1763700000006));
  const dataSource = new DataSource(dataSourceOptions({ url: await createTestDatabase('scopes'), entities: [], migrations }));
  await dataSource.initialize();
  try {
    await dataSource.runMigrations();
    const clients = [{ scope: 'openid', api_scope: 'api' }, { scope: 'openid profile' }];
    const records = [
      { model: 'RefreshToken', payload: { clientId: 'gateway', scope: 'openid api', resource: RESOURCE } },
      { model: 'AccessToken', payload: { clientId: 'digest', scope: 'api', aud: RESOURCE } },
      { model: 'AccessToken', payload: { clientId: 'digest', scope: 'openid apiary' } },
      { model: 'Grant', payload: { clientId: 'first-party', resources: { [RESOURCE]: 'api' } } },
      { model: 'Grant', payload: { clientId: 'digest', openid: { scope: 'openid' } } },
    ];
    await dataSource.query(
      'INSERT INTO oauth_client (id, metadata) SELECT ordinality, value FROM jsonb_array_elements($1) WITH ORDINALITY',
      [JSON.stringify(clients)],
    );
    await dataSource.query(
      `INSERT INTO oauth_record (model, hash, payload)
       SELECT value ->> 'model', ordinality::text::bytea, value -> 'payload' FROM jsonb_array_elements($1) WITH ORDINALITY`,
      [JSON.stringify(records)],
    );

    await new DivideApiScope1763700000006().up(dataSource.createQueryRunner());

    expect(await dataSource.query('SELECT metadata FROM oauth_client ORDER BY id')).toEqual([
      { metadata: { scope: 'openid', api_scope: GRANTABLE } },
      { metadata: clients[1] },
    ]);
    expect(await dataSource.query('SELECT payload FROM oauth_record ORDER BY hash')).toEqual([
      { payload: { ...records[0]?.payload, scope: `openid ${GRANTABLE} account moderation` } },
      { payload: { ...records[1]?.payload, scope: GRANTABLE } },
      { payload: records[2]?.payload },
      { payload: { clientId: 'first-party', resources: { [RESOURCE]: `${GRANTABLE} account moderation` } } },
      { payload: records[4]?.payload },
    ]);
  } finally {
    await dataSource.destroy();
  }
});
