import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestIssuer } from '@reputable/auth/testing';
import { SCOPES } from '@reputable/contracts';
import { AuthService, RevocationCause } from '@reputable/contracts/auth/v1/auth';
import { denied, eventually, query } from '@reputable/testing';
import { decodeJwt } from 'jose';
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { aPerson } from '../auth.fixture.ts';
import type { OAuthWorld } from '../oauth.fixture.ts';
import { hydraClaims, type IntrospectingIssuer, keycloakClaims } from './introspecting-issuer.fixture.ts';
import { REFUSED_PER_ADDRESS, sharedIssuerWorld } from './issuer.fixture.ts';

let running: OAuthWorld;
let other: TestIssuer;
let hydra: IntrospectingIssuer;
let light: IntrospectingIssuer;

beforeAll(async () => {
  ({ running, partner: other, hydra, light } = await sharedIssuerWorld());
});

const now = () => Math.floor(Date.now() / 1000);
const exchange = async (token: string) => decodeJwt(await running.exchange(token));
const revokeUser = async (userId: string) =>
  (await running.world.client(AuthService, running.auth, { service: 'user' })).revokeUser({
    id: randomUUID(),
    userId,
    cause: RevocationCause.ROLES_CHANGED,
  });

describe('an opaque token of another issuer (P24)', () => {
  const aToken = (changes: object = {}) => hydra.issue(hydraClaims(hydra.issuer, changes));
  /** Exchanges a token that a client has sent. */
  const send = async (subjectToken: string, address: string) =>
    (await running.authAs()).exchangeToken({ subjectToken, audience: ['post'], address });

  afterEach(() => {
    hydra.answer = undefined;
  });

  it('becomes a JWT of ours, by a question to its issuer', async () => {
    const [sub, sid] = [randomUUID(), randomUUID()];
    const token = aToken({ sub, ext: { roles: ['MODERATOR', 'KING'], sid }, exp: now() + 20 });
    const exchanged = await exchange(token);
    expect(exchanged).toMatchObject({ client_id: 'opaque:web', roles: ['MODERATOR'], scope: SCOPES.join(' ') });
    expect(exchanged.exp).toBeLessThanOrEqual(now() + 20);
    expect(await exchange(aToken({ sub, ext: { sid } }))).toMatchObject({ sub: exchanged.sub, sid: exchanged.sid });
    hydra.revoke(token);
    await expect(running.exchange(token)).rejects.toMatchObject(denied('TOKEN_INVALID'));
  });

  it('gives no roles from before a revocation that comes while its issuer answers', async () => {
    const claims = hydraClaims(hydra.issuer);
    const token = hydra.issue(claims);
    const userId = String((await exchange(token)).sub);
    hydra.answer = (response) => {
      // The issuer has read the roles; then they change, and it sends an event.
      void revokeUser(userId).then(() => {
        response.setHeader('content-type', 'application/json').end(JSON.stringify({ active: true, ...claims }));
      });
    };
    const outdated = await running.exchange(token);
    await eventually(async () => {
      await expect((await running.authAs({ token: outdated })).listSessions({})).rejects.toMatchObject(denied('TOKEN_REVOKED'));
    }, 2_000);
  });

  it('has its own scopes for a client that is not trusted', async () => {
    expect(await exchange(aToken({ client_id: 'tool', scope: 'openid votes:write' }))).toMatchObject({ scope: 'votes:write', roles: [] });
    await expect(running.exchange(aToken({ client_id: 'tool' }))).rejects.toMatchObject(denied('TOKEN_INVALID'));
  });

  it.each<[string, object]>([
    ['another issuer', { iss: 'https://evil.example' }],
    ['another audience', { aud: ['shop'] }],
    ['no audience', { aud: [] }],
    ['no expiry', { exp: undefined }],
    ['a time in the future', { nbf: now() + 600 }],
    ['a lifetime that is too long', { exp: now() + 7_200 }],
    ['another type', { token_type: 'DPoP' }],
    ['a key that it is bound to', { cnf: { jkt: 'x' } }],
    ['the use of a refresh token', { token_use: 'refresh_token' }],
    ['no subject', { sub: undefined }],
  ])('is refused with %s', async (_name, changes) => {
    await expect(running.exchange(aToken(changes))).rejects.toMatchObject(denied('TOKEN_INVALID'));
  });

  it('is refused once it has expired, whatever the issuer says', async () => {
    await expect(running.exchange(aToken({ iat: now() - 100, exp: now() - 10 }))).rejects.toMatchObject(denied('TOKEN_EXPIRED'));
  });

  it('is refused for half a minute without another question, whatever it is refused for', async () => {
    const ended = aToken();
    const { sid } = await exchange(ended);
    await query(running.auth.databaseUrl, 'UPDATE session SET ended_at = now(), end_reason = $2 WHERE id = $1', [sid, 'ended_by_user']);
    const refused: [string, string, number][] = [
      [`ory_at_${randomUUID()}.x`, 'TOKEN_INVALID', 1],
      [aToken({ aud: ['shop'] }), 'TOKEN_INVALID', 1],
      [ended, 'TOKEN_REVOKED', 2],
    ];
    for (const [token, reason, questions] of refused) {
      for (let turn = 0; turn < 3; turn += 1) await expect(send(token, '192.0.2.9')).rejects.toMatchObject(denied(reason));
      expect(hydra.asked.filter((one) => one === token)).toHaveLength(questions);
    }
  });

  it('is never shown to an issuer that it is not of by its form, above all none of ours', async () => {
    const { tokens } = await running.join(aPerson());
    const ours = String(tokens?.accessToken);
    await exchange(ours);
    const before = hydra.asked.length + light.asked.length;
    for (const token of [
      `${ours}=`,
      ours.replace(/^./, '.'),
      `ory_at_${'A'.repeat(36)}`,
      'another_prefix',
      `ory_at_rpt_pat_${'0'.repeat(72)}`,
    ]) {
      await expect(running.exchange(token)).rejects.toMatchObject(denied('TOKEN_INVALID'));
    }
    expect(hydra.asked.length + light.asked.length).toBe(before);
  });

  it('is unavailable, not invalid, while its issuer does not answer as it must', async () => {
    const json = (status: number, body: string) => (response: ServerResponse) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    };
    for (const answer of [
      json(500, '{}'),
      json(401, '{"error":"invalid_client"}'),
      json(200, '{"active":"true"}'),
      json(200, `{"active":true,"pad":"${'x'.repeat(70_000)}"}`),
      (response: ServerResponse) => response.writeHead(302, { location: '/elsewhere' }).end(),
      (response: ServerResponse) => response.setHeader('content-type', 'text/html').end('{"active":false}'),
      () => undefined,
    ]) {
      hydra.answer = answer;
      await expect(running.exchange(aToken())).rejects.toMatchObject(denied('SERVICE_UNAVAILABLE'));
    }
    hydra.answer = json(400, '{"error":"invalid_request"}');
    await expect(running.exchange(aToken())).rejects.toMatchObject(denied('TOKEN_INVALID'));
  });

  it('is not looked up after too many unknown ones from its address, unless it was accepted before', async () => {
    const [flood, before] = ['203.0.113.77', aToken()];
    await send(before, flood);
    const unknown = Array.from({ length: 30 }, () => `ory_at_${randomUUID()}.x`);
    for (const token of unknown) await send(token, flood).catch(() => undefined);
    expect(hydra.asked.filter((token) => unknown.includes(token))).toHaveLength(REFUSED_PER_ADDRESS);
    await expect(send(aToken(), flood)).rejects.toMatchObject(denied('TOO_MANY_ATTEMPTS'));
    await send(before, flood);
    await send(aToken(), '203.0.114.1');
  });

  it('is not looked up in a burst of unknown ones from its address', async () => {
    const unknown = Array.from({ length: 100 }, () => `ory_at_${randomUUID()}.x`);
    const outcomes = await Promise.allSettled(unknown.map((token) => send(token, '203.0.115.9')));
    expect(hydra.asked.filter((token) => unknown.includes(token)).length).toBeLessThanOrEqual(32 + REFUSED_PER_ADDRESS);
    const reasons = outcomes.map((outcome) => (outcome.status === 'rejected' ? (outcome.reason as { reason: string }).reason : 'accepted'));
    expect(new Set(reasons)).toEqual(new Set(['TOKEN_INVALID', 'TOO_MANY_ATTEMPTS']));
  });
});

describe('a lightweight token of Keycloak (P24)', () => {
  /** A JWT with few claims, and all of its claims at the issuer. */
  async function aToken(changes: object = {}) {
    const claims = keycloakClaims(light.issuer, changes);
    const { iss, iat, exp, jti, typ, azp, sid, scope } = claims;
    return light.issue(claims, await light.issuer.sign({ iss, iat, exp, jti, typ, azp, sid, scope }, { typ: 'JWT' }));
  }
  afterEach(() => {
    light.distort = () => undefined;
    light.answer = undefined;
  });

  it('becomes a JWT of ours, by a signed answer of its issuer', async () => {
    expect(await exchange(await aToken())).toMatchObject({ client_id: 'light:web', roles: [], scope: SCOPES.join(' ') });
    const token = await aToken();
    light.revoke(token);
    await expect(running.exchange(token)).rejects.toMatchObject(denied('TOKEN_INVALID'));
    await expect(running.exchange(await aToken({ typ: 'Refresh' }))).rejects.toMatchObject(denied('TOKEN_INVALID'));
  });

  it.each<[string, typeof light.distort]>([
    ['of another issuer', (claims) => (claims['iss'] = 'https://evil.example')],
    ['for another client', (claims) => (claims['aud'] = 'another')],
    ['of another type', (_, header) => (header['typ'] = 'JWT')],
    ['without a time', (claims) => (claims['iat'] = undefined)],
    ['of an unknown key', (_, header) => (header['kid'] = 'another')],
  ])('is unavailable with an answer %s', async (_name, distort) => {
    light.distort = distort;
    await expect(running.exchange(await aToken())).rejects.toMatchObject(denied('SERVICE_UNAVAILABLE'));
  });

  it('is unavailable with an answer that is not signed, or by another key', async () => {
    const claims = keycloakClaims(light.issuer);
    light.answer = (response) => response.setHeader('content-type', 'application/json').end(JSON.stringify({ active: true, ...claims }));
    await expect(running.exchange(await aToken())).rejects.toMatchObject(denied('SERVICE_UNAVAILABLE'));
    const { kid } = await light.issuer.publicJwk();
    const body = { iss: light.issuer.url, aud: 'reputable-api', iat: now(), token_introspection: { active: true, ...claims } };
    const forged = await other.sign(body, { typ: 'token-introspection+jwt', kid });
    light.answer = (response) => response.setHeader('content-type', 'application/token-introspection+jwt').end(forged);
    await expect(running.exchange(await aToken())).rejects.toMatchObject(denied('SERVICE_UNAVAILABLE'));
  });
});
