import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { serverAudits } from 'graphql-http';
import { TestWorld } from '@reputable/testing';

let world: TestWorld;
let url = '';

beforeAll(async () => {
  world = await TestWorld.create();
  // The audits use introspection.
  const gateway = await world.start('gateway', { NODE_ENV: 'development' });
  url = `http://127.0.0.1:${String(gateway.ports.http)}/graphql`;
});
afterAll(() => world.end());

const audits = serverAudits({ url: () => url });

it('the audits are all that graphql-http has', () => {
  expect(audits).toHaveLength(61);
});

it.each(audits.map((audit) => [audit.id, audit.name, audit] as const))('%s: %s', async (_id, _name, audit) => {
  const result = await audit.fn();
  expect(result).toMatchObject({ status: 'ok' });
});
