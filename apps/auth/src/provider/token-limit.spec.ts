import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type AuthWorld, startAuthWorld } from '../auth.fixture.ts';

let running: AuthWorld;

beforeAll(async () => {
  running = await startAuthWorld({ LIMIT_TOKEN: '3/900', LIMIT_TOKEN_ADDRESS: '8/900' });
});
afterAll(() => running.world.end());

/** Asks the token endpoint for nothing in particular, with this secret. */
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

it('bounds how often a client may be wrong, and keeps the one that is right', async () => {
  const right = running.auth.settings.OIDC_CLIENT_SECRET ?? '';
  for (let i = 0; i < 3; i += 1) expect(await authenticate('wrong')).toMatchObject({ status: 401, error: 'invalid_client' });
  // Whom a client says that it speaks for is not believed.
  const refused = await authenticate('wrong', { 'x-forwarded-for': '198.51.100.7' });
  expect(refused).toMatchObject({ status: 429, error: 'temporarily_unavailable' });
  expect(refused.retryAfter).toBeGreaterThan(800);
  // What the gateway asks for users whose sessions have ended counts for nothing.
  for (let i = 0; i < 9; i += 1) expect(await authenticate(right)).toMatchObject({ status: 400, error: 'invalid_grant' });
  for (let i = 0; i < 5; i += 1) expect(await authenticate(`wrong ${String(i)}`)).toMatchObject({ status: 401 });
  expect(await authenticate('wrong again')).toMatchObject({ status: 429 });
});
