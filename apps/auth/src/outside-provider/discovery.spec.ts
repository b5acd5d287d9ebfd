import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Provider } from '@reputable/provider';
import { eventually, freePort, PATIENCE } from '@reputable/testing';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { sharedAuthWorld, startOtherAuth } from '../auth.fixture.ts';
import { type OAuthWorld, openOAuthWorld, walk } from '../oauth.fixture.ts';

let running: OAuthWorld;
let startMs: number;
let port: number;
let good: Provider;
const silent = createServer();

/** An auth with four providers: one that is down, one that never answers, a good one, and the same under another issuer identifier. */
beforeAll(async () => {
  const { world } = await sharedAuthWorld();
  const clientSecretFile = join(world.folder, 'discovery-spec-client-secret');
  await writeFile(clientSecretFile, 'canary-client-secret');
  port = await freePort();
  good = await Provider.start();
  await once(silent.listen(0, '127.0.0.1'), 'listening');
  const issuers = {
    down: `http://localhost:${String(port)}`,
    silent: `http://localhost:${String((silent.address() as AddressInfo).port)}`,
    good: good.issuer,
    slash: `${good.issuer}/`,
  };
  const providers = Object.entries(issuers).map(([id, issuer]) => ({ id, label: id, issuer, clientId: 'reputable', clientSecretFile }));
  const begun = performance.now();
  running = await openOAuthWorld(await startOtherAuth({ OIDC_PROVIDERS: JSON.stringify(providers), LOG_LEVEL: 'info' }));
  startMs = performance.now() - begun;
});
afterAll(async () => {
  await running.end();
  await running.auth.stop();
  await good.stop();
  silent.close();
});

/** The lines of the log with this message about a provider. Before the service is ready, they have another form. */
const logged = (msg: string, provider: string) =>
  running.auth
    .log()
    .split('\n')
    .filter((line) => line.includes(msg) && line.includes(`"provider":"${provider}"`));

/** Presses the button of a provider on the log-in page. */
async function press(provider: string) {
  const browser = running.browser();
  const request = await (await running.gateway()).begin('openid account posts:read');
  const page = await browser.open(request.url);
  const form = page.forms.find(({ action }) => action.endsWith(`/provider/${provider}`));
  return { browser, request, answer: await browser.send(page, form) };
}

describe('a provider whose discovery is down at start (P23)', () => {
  it('stops neither the start, nor passwords, nor the other providers, and a line says so', async () => {
    expect(startMs).toBeLessThan(60_000);
    const person = await running.person();
    const { request, browser, answer } = await press('down');
    expect(answer).toMatchObject({ status: 503, title: 'down does not answer – Reputable' });
    expect((await walk(browser, request.url, person)).url.searchParams.has('code')).toBe(true);
    expect((await press('good')).answer).toMatchObject({ status: 200, title: 'Continue with good – Reputable' });
    await eventually(() => expect(logged('provider not available', 'down')).toHaveLength(1));
    expect(logged('provider not available', 'good')).toEqual([]);
  });

  it('is found as soon as it answers, and a line says so', async () => {
    const late = await Provider.start({ port });
    try {
      expect((await press('down')).answer).toMatchObject({ status: 200, title: 'Continue with down – Reputable' });
      await eventually(() => {
        expect(logged('provider available', 'down')).toHaveLength(1);
      });
    } finally {
      await late.stop();
    }
  });

  it('that calls itself by another issuer identifier is refused: accounts are linked to the identifier', async () => {
    expect((await press('slash')).answer).toMatchObject({ status: 503, title: 'slash does not answer – Reputable' });
    await eventually(() => expect(logged('provider not available', 'slash')[0]).toContain(`its issuer identifier is ${good.issuer}`));
  });

  it('that never answers is given up after five seconds', async () => {
    const begun = performance.now();
    const { answer } = await press('silent');
    expect(answer).toMatchObject({ status: 503, title: 'silent does not answer – Reputable' });
    expect(performance.now() - begun).toBeLessThan(PATIENCE * 5_000);
    expect(running.auth.log()).not.toContain('canary-client-secret');
  });
});
