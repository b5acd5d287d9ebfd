import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type AuthWorld, startOtherAuth } from '../auth.fixture.ts';
import { openOAuthWorld } from '../oauth.fixture.ts';

let running: AuthWorld;

beforeAll(async () => {
  running = await startOtherAuth({ LIMIT_TOKEN: '3/900', LIMIT_TOKEN_ADDRESS: '12/900' });
});
afterAll(() => running.auth.stop());

/** Sends an incomplete request to the token endpoint, with this secret. */
async function authenticate(secret: string, headers: Record<string, string> = {}) {
  const authorization = `Basic ${Buffer.from(`gateway:${secret}`).toString('base64')}`;
  const response = await fetch(`${running.issuer}/oidc/token`, {
    method: 'POST',
    headers: { authorization, ...headers },
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'x'.repeat(43) }),
  });
  const { error } = (await response.json()) as { error: string };
  return { status: response.status, error, retryAfter: Number(response.headers.get('retry-after')) };
}

it('does not limit a public client at an address where refresh tokens of other users are refused', async () => {
  const world = await openOAuthWorld(running);
  const [application, person] = [await world.application({ kind: 'public' }), await world.person()];
  const { refresh_token: token } = await application.logIn(world.browser(), person);
  for (let i = 0; i < 4; i += 1)
    await expect(application.refresh(`${String(i)}${'x'.repeat(42)}`)).rejects.toMatchObject({ error: 'invalid_grant' });
  expect(await application.refresh(token)).toHaveProperty('access_token');
  await world.end();
});

it('limits wrong secrets of a client, and still accepts the right one', async () => {
  const right = running.auth.settings.OIDC_CLIENT_SECRET ?? '';
  for (let i = 0; i < 3; i += 1) expect(await authenticate('wrong')).toMatchObject({ status: 401, error: 'invalid_client' });
  // An X-Forwarded-For header of a client is ignored.
  const refused = await authenticate('wrong', { 'x-forwarded-for': '198.51.100.7' });
  expect(refused).toMatchObject({ status: 429, error: 'temporarily_unavailable' });
  expect(refused.retryAfter).toBeGreaterThan(800);
  // Refused refreshes of the gateway do not count.
  for (let i = 0; i < 9; i += 1) expect(await authenticate(right)).toMatchObject({ status: 400, error: 'invalid_grant' });
  for (let i = 0; i < 5; i += 1) expect(await authenticate(`wrong ${String(i)}`)).toMatchObject({ status: 401 });
  expect(await authenticate('wrong again')).toMatchObject({ status: 429 });
});
