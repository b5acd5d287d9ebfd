import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { TestIssuer } from '@reputable/auth/testing';
import { dataSourceOptions } from '@reputable/database';
import { createTestDatabase } from '@reputable/testing';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { CreateIssuerPolls1763700000024 } from '../migrations/1763700000024-create-issuer-polls.ts';
import { tokenIssuers } from '../token-issuer/token-issuers.field.ts';
import { EventPoller } from './event-poller.ts';
import { PollLease } from './poll-lease.ts';

let issuer: TestIssuer;
let dataSource: DataSource;

beforeAll(async () => {
  Logger.overrideLogger(false);
  issuer = await TestIssuer.start();
  const url = await createTestDatabase('polls');
  dataSource = new DataSource(dataSourceOptions({ url, entities: [], migrations: [CreateIssuerPolls1763700000024] }));
  await dataSource.initialize();
  await dataSource.runMigrations();
});
afterAll(async () => {
  await dataSource.destroy();
  await issuer.stop();
});

const settings = tokenIssuers().parse('[{"id":"a","kind":"ory-hydra","url":"https://a.example","audience":"a"}]')[0];
const EMPTY = '{"sets":{}}';
let names = 0;

/** A transmitter that responds as given, and pollers of two replicas. */
function aTransmitter(respond: (response: ServerResponse) => unknown) {
  const name = `transmitter-${String((names += 1))}`;
  const seen = { requests: 0, received: [] as string[] };
  const endpoint = issuer.serve(`/${name}`, (_request, response) => {
    seen.requests += 1;
    respond(response.setHeader('content-type', 'application/json'));
  });
  if (!settings) throw new Error('There are no settings.');
  const receive = (token: string) => {
    seen.received.push(token);
    return Promise.resolve();
  };
  const aPoller = () =>
    new EventPoller({ endpoint, accessToken: 'x', intervalS: 60 }, { settings, receive }, new PollLease(dataSource, name));
  const { signal } = new AbortController();
  return {
    seen,
    poll: (by = aPoller()) => by.run(signal),
    aPoller,
    /** When the next poll is due, in tens of seconds as a busy machine reads it late, and the number of failures. */
    async state() {
      const [row] = await dataSource.query<{ in_s: number; failures: number }[]>(
        'SELECT round(extract(epoch FROM next_at - now()), -1)::int AS in_s, failures FROM issuer_poll WHERE issuer = $1',
        [name],
      );
      return [row?.in_s, row?.failures];
    },
    makeDue: () => dataSource.query('UPDATE issuer_poll SET next_at = now() WHERE issuer = $1', [name]),
  };
}

describe('the polls of an issuer', () => {
  it('are of one replica at a time, and as far apart as the interval for all of them together', async () => {
    const transmitter = aTransmitter((response) => setTimeout(() => response.end(EMPTY), 300));
    await Promise.all(Array.from({ length: 10 }, () => transmitter.poll()));
    expect([transmitter.seen.requests, await transmitter.state()]).toEqual([1, [60, 0]]);
    await transmitter.poll();
    expect(transmitter.seen.requests).toBe(1);
    await transmitter.makeDue();
    await transmitter.poll();
    expect(transmitter.seen.requests).toBe(2);
  });

  it('go on after a replica has crashed in one', async () => {
    const transmitter = aTransmitter((response) => response.end(EMPTY));
    await transmitter.aPoller().lease.claim();
    await transmitter.poll();
    expect([transmitter.seen.requests, await transmitter.state()]).toEqual([0, [120, 0]]);
    await transmitter.makeDue();
    await transmitter.poll();
    expect(transmitter.seen.requests).toBe(1);
  });

  it('go on at another replica at once after a shutdown', async () => {
    const transmitter = aTransmitter(() => undefined);
    const stop = new AbortController();
    const running = transmitter.aPoller().run(stop.signal);
    while (transmitter.seen.requests === 0) await sleep(10);
    stop.abort();
    await running;
    expect(await transmitter.state()).toEqual([0, 0]);
  });

  it.each<[string, (response: ServerResponse) => unknown]>([
    ['a failure', (response) => response.writeHead(503).end(EMPTY)],
    ['a redirect', (response) => response.writeHead(307, { location: `${issuer.url}/jwks` }).end()],
    ['no JSON', (response) => response.end('<html>')],
    ['another document', (response) => response.end('{"sets":[]}')],
    ['more than a megabyte', (response) => response.end(JSON.stringify({ sets: { a: 'x'.repeat(1_100_000) } }))],
    [
      'an endless body',
      (response) => {
        const timer = setInterval(() => response.write(' '), 500);
        response.on('close', () => {
          clearInterval(timer);
        });
      },
    ],
  ])('are further apart after %s', async (_name, respond) => {
    let isDown = true;
    const transmitter = aTransmitter((response) => (isDown ? respond(response) : response.end(EMPTY)));
    await transmitter.poll();
    expect([await transmitter.state(), transmitter.seen.received]).toEqual([[120, 1], []]);
    isDown = false;
    await transmitter.makeDue();
    await transmitter.poll();
    expect(await transmitter.state()).toEqual([60, 0]);
  });

  it('are five minutes apart at most, if the interval is shorter', async () => {
    const transmitter = aTransmitter((response) => response.writeHead(500).end());
    for (let failures = 1; failures <= 4; failures += 1) {
      await transmitter.poll();
      await transmitter.makeDue();
    }
    await transmitter.poll();
    expect(await transmitter.state()).toEqual([300, 5]);
  });

  it('report a token that is no text, and receive the others', async () => {
    const answers = ['{"sets":{"a":1,"b":"a token"}}', EMPTY];
    const transmitter = aTransmitter((response) => response.end(answers.shift()));
    await transmitter.poll();
    expect([transmitter.seen, await transmitter.state()]).toEqual([{ requests: 2, received: ['a token'] }, [60, 0]]);
  });
});
