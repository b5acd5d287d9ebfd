import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { CertificateWatch, openClient, ruleOf } from '@reputable/auth';
import { withToken } from '@reputable/auth/testing';
import { SERVICES } from '@reputable/contracts';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { TRUST_DOMAIN } from '@reputable/contracts/registry';
import { UserService } from '@reputable/contracts/user/v1/user';
import { type LeafOverrides, openAuthority } from '@reputable/pki';
import { aUser, denied, eventually, freePort, PATIENCE_MS, query, type TestService, TestWorld } from '@reputable/testing';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import * as oauth4webapi from 'oauth4webapi';
import { once } from 'node:events';
import { cp, readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Agent, request, type RequestOptions } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';

Logger.overrideLogger(false);

const UPDATE_PROFILE = 'reputable.user.v1.UserService/UpdateProfile';

const TXN_TOKEN = 'urn:ietf:params:oauth:token-type:txn_token';

const { callers } = ruleOf(AuthService.method.issueTransactionToken);

/** A world of its own: these tests revoke certificates and roll the authority. Its auth trusts the JWTs of the test issuer. */
let world: TestWorld;
let auth: TestService;
let port: number;
beforeAll(async () => {
  world = await TestWorld.create();
  port = await freePort();
  auth = await world.start('auth', {
    TLS_PORT: String(port),
    LIMIT_TOKEN: '60/900',
    LIMIT_TOKEN_ADDRESS: '200/900',
    TRUSTED_PROXIES: '127.0.0.1,::1',
  });
});
afterAll(() => world.end());

type Identity = Required<Pick<RequestOptions, 'cert' | 'key'>>;

/** The certificate in a folder of the world. */
const identityIn = async (folder: string): Promise<Identity> => {
  const [cert, key] = await Promise.all(['tls.crt', 'tls.key'].map((name) => readFile(join(folder, name))));
  return { cert, key };
};

/** A new certificate of a service. */
async function certify(service: string, overrides?: LeafOverrides): Promise<Identity> {
  const folder = join(world.folder, '.tests', service);
  await world.authority.issue(service, folder, overrides);
  return identityIn(folder);
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: {
    readonly access_token?: string;
    readonly expires_in?: number;
    readonly error?: string;
    readonly error_description?: string;
  };
}

/** Posts a form to the token endpoint over TLS. */
async function post(form: string, options: RequestOptions): Promise<Answer> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const tls = { host: 'localhost', port, ca: world.authority.rootPem, path: '/oidc/token', method: 'POST', headers };
  const sent = request({ agent: false, ...tls, ...options }).end(form);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: JSON.parse(await text(response)) as Answer['body'] };
}

const jwt = (claims: Record<string, unknown> = {}, user = aUser()) => world.issuer.tokenFor(user, { act: { sub: 'gateway' }, ...claims });

type Form = Readonly<Record<string, string | undefined>>;

/** A valid request of the gateway. `parameters` overrides single parameters; `undefined` removes one. */
async function formOf(parameters: Form = {}): Promise<string> {
  const form: Form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    client_id: `spiffe://${TRUST_DOMAIN}/gateway`,
    requested_token_type: TXN_TOKEN,
    audience: TRUST_DOMAIN,
    scope: 'profile:write',
    subject_token: parameters['subject_token'] ?? (await jwt()),
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    ...parameters,
  };
  const given = Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return new URLSearchParams(given).toString();
}

const asGateway = async (parameters?: Form): Promise<Answer> => post(await formOf(parameters), await certify('gateway'));

const GET_USER = 'reputable.user.v1.UserService/GetUser';
const HASH = 'A'.repeat(43);

/** The Transaction Token of a vote, as post has received it. */
const voteToken = () =>
  world.issuer.transactionTokenFor(aUser({ scopes: ['profile:read', 'votes:write'] }), {
    ...{ trustDomain: TRUST_DOMAIN, path: '/reputable.post.v1.PostService/UpvotePost', requestHash: HASH },
  });

/** A request of a service for the replacement of a Transaction Token. */
const asReplacing = async (service: string, parameters: Form): Promise<Answer> => {
  const form: Form = {
    client_id: `spiffe://${TRUST_DOMAIN}/${service}`,
    scope: 'profile:read',
    subject_token_type: TXN_TOKEN,
    request_details: JSON.stringify({ rpc: GET_USER, request_sha256: HASH }),
    ...parameters,
  };
  return post(await formOf(form), await certify(service));
};

const unauthorized = { status: 401, body: { error: 'invalid_client' } };

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

describe('the token endpoint', () => {
  it('issues a Transaction Token for an rpc, as RFC 8693 describes', async () => {
    const user = aUser({ roles: ['MODERATOR'], reputation: 41 });
    const details = { rpc: UPDATE_PROFILE, request_sha256: 'A'.repeat(43), binds: { user_id: '1' } };
    const { status, headers, body } = await asGateway({
      subject_token: await jwt({}, user),
      request_details: JSON.stringify(details),
      request_context: '{"req_ip":"192.0.2.7","authn":"face"}',
    });
    expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
    expect(body).toEqual({
      access_token: expect.any(String),
      issued_token_type: TXN_TOKEN,
      token_type: 'N_A',
      expires_in: 15,
    });
    const keys = createRemoteJWKSet(new URL(`http://localhost:${String(auth.ports.http)}/.well-known/jwks.json`));
    const { payload } = await jwtVerify(body.access_token ?? '', keys, { typ: 'txntoken+jwt', audience: TRUST_DOMAIN });
    expect(payload).toMatchObject({
      ...{ sub: user.id, scope: 'profile:write', req_wl: `spiffe://${TRUST_DOMAIN}/gateway` },
      tctx: { action: 'write', ...details, roles: ['MODERATOR'], reputation: 41 },
    });
    expect(JSON.stringify(payload)).not.toMatch(/192\.0\.2\.7|face/);
  });

  it('issues one for reads without request_details', async () => {
    const { access_token: token = '' } = (await asGateway({ scope: 'posts:read votes:write' })).body;
    expect(decodeJwt(token)).toMatchObject({ scope: 'posts:read votes:write', tctx: { action: 'read' } });
  });

  it('serves a client library, oauth4webapi, which must know the token type N_A', async () => {
    const server = { issuer: 'https://auth.example', token_endpoint: `https://localhost:${String(port)}/oidc/token` };
    const client = { client_id: `spiffe://${TRUST_DOMAIN}/gateway` };
    const identity = await certify('gateway');
    const parameters = new URLSearchParams(await formOf());
    const grantType = parameters.get('grant_type') ?? '';
    for (const name of ['grant_type', 'client_id']) parameters.delete(name);
    const send = () =>
      oauth4webapi.genericTokenEndpointRequest(server, client, oauth4webapi.TlsClientAuth(), grantType, parameters, {
        [oauth4webapi.customFetch]: async (_url, { body }) => {
          const answer = await post(String(body), identity);
          return Response.json(answer.body, { status: answer.status ?? 0 });
        },
      });
    const recognizedTokenTypes = { n_a: () => undefined };
    const result = await oauth4webapi.processGenericTokenEndpointResponse(server, client, await send(), { recognizedTokenTypes });
    expect(result).toMatchObject({ access_token: expect.any(String), issued_token_type: TXN_TOKEN, token_type: 'n_a' });
    parameters.set('audience', 'evil.example');
    await expect(oauth4webapi.processGenericTokenEndpointResponse(server, client, await send())).rejects.toMatchObject({
      error: 'invalid_target',
    });
  });

  it('replaces the Transaction Token of a call for a read of the service that has received it', async () => {
    const { access_token: subject_token = '' } = (await asReplacing('post', { subject_token: await voteToken() })).body;
    expect(decodeJwt(subject_token)).toMatchObject({
      ...{ req_wl: `spiffe://${TRUST_DOMAIN}/post`, tctx: { action: 'read', rpc: GET_USER } },
      rctx: { call_chain: [`spiffe://${TRUST_DOMAIN}/gateway`] },
    });
  });

  it.each<[string, string, Form, string]>([
    ['to a service that the token is not for', 'comment', {}, 'invalid_request'],
    ['to the service that has requested the token', 'gateway', {}, 'invalid_request'],
    ['for any request', 'post', { request_details: JSON.stringify({ rpc: GET_USER }) }, 'invalid_request'],
    ['for all reads', 'post', { request_details: undefined }, 'invalid_request'],
    ['with a scope more', 'post', { scope: 'posts:read profile:write' }, 'invalid_scope'],
  ])('refuses a replacement %s', async (_name, service, parameters, error) => {
    expect(await asReplacing(service, { subject_token: await voteToken(), ...parameters })).toMatchObject({ status: 400, body: { error } });
  });

  it('lists the grant in its metadata only if services reach it over TLS', async () => {
    const grantsOf = async ({ ports }: TestService) => {
      const found = await fetch(`http://localhost:${String(ports.http)}/oidc/.well-known/openid-configuration`);
      return ((await found.json()) as { grant_types_supported: string[] }).grant_types_supported;
    };
    expect(await grantsOf(auth)).toContain('urn:ietf:params:oauth:grant-type:token-exchange');
    expect(await grantsOf(await world.service('auth'))).toEqual(['authorization_code', 'refresh_token', 'client_credentials']);
  });
});

/** The refused log-ins in the audit log. */
const refusedLogIns = () => query(auth.databaseUrl, "SELECT reason FROM audit_event WHERE type = 'log_in' AND outcome = 'failure'");

describe('the token endpoint refuses', () => {
  it('a secret, also from a service with a certificate, records it, and limits it', async () => {
    expect(await refusedLogIns()).toEqual([]);
    const identity = await certify('gateway');
    const guess = async () => {
      const authorization = `Basic ${Buffer.from('gateway:guess').toString('base64')}`;
      const headers = { 'content-type': 'application/x-www-form-urlencoded', authorization };
      return (await post(await formOf({ client_id: undefined }), { ...identity, headers })).status;
    };
    expect(await guess()).toBe(401);
    await eventually(async () => expect(await refusedLogIns()).toEqual([{ reason: 'CLIENT_CREDENTIALS_INVALID' }]));
    const statuses = new Set<number | undefined>();
    for (let count = 0; count < 100 && !statuses.has(429); count += 1) statuses.add(await guess());
    expect(statuses).toEqual(new Set([401, 429]));
  });

  it('a client, and records the method that it tried', async () => {
    expect(await post(await formOf(), await certify('comment'))).toMatchObject(unauthorized);
    const others: Form[] = [{}, { client_secret: 'x' }, { client_assertion: 'x' }];
    for (const other of others) expect(await post(await formOf({ client_id: 'gateway', ...other }), {})).toMatchObject(unauthorized);
    const sql = "SELECT DISTINCT details ->> 'method' AS method FROM audit_event WHERE reason = 'CLIENT_CREDENTIALS_INVALID' ORDER BY 1";
    await eventually(async () => {
      const recorded = await query<{ method: string }>(auth.databaseUrl, sql);
      expect(recorded.map(({ method }) => method)).toEqual(['client_secret', 'none', 'private_key_jwt', 'tls_client_auth']);
    });
  });

  it('a request without a certificate', async () => {
    expect(await post(await formOf(), {})).toMatchObject(unauthorized);
  });

  it('a resumed connection without a certificate, which Node.js calls authorized', async () => {
    const tls = { host: 'localhost', port, ca: world.authority.rootPem };
    const first = connect(tls);
    const session = await new Promise<Buffer>((resolve) => first.once('session', resolve));
    first.destroy();
    let resumed: TLSSocket | undefined;
    const createConnection = () => (resumed = connect({ ...tls, session }));
    expect(await post(await formOf(), { agent: undefined, createConnection })).toMatchObject(unauthorized);
    expect(resumed?.isSessionReused()).toBe(true);
  });

  it('a request by HTTP, whatever a proxy might say about it', async () => {
    const headers = { 'x-forwarded-client-cert': `URI=spiffe://${TRUST_DOMAIN}/gateway`, 'x-forwarded-proto': 'https' };
    const body = new URLSearchParams(await formOf());
    const response = await fetch(`http://localhost:${String(auth.ports.http)}/oidc/token`, { method: 'POST', body, headers });
    expect({ status: response.status, body: await response.json() }).toMatchObject(unauthorized);
  });

  const others = SERVICES.filter((service) => !callers.includes(service));

  it.each(others)('%s, which is not among the callers in the contract', async (service) => {
    const subject_token = await jwt({ act: { sub: service } });
    const form = await formOf({ client_id: `spiffe://${TRUST_DOMAIN}/${service}`, subject_token });
    expect(await post(form, await certify(service))).toMatchObject(unauthorized);
  });

  it.each(SERVICES.filter((service) => service !== 'gateway'))('%s, with the client id of the gateway', async (service) => {
    expect(await post(await formOf(), await certify(service))).toMatchObject(unauthorized);
  });

  it.each<[string, LeafOverrides]>([
    ['of another trust domain', { uris: ['spiffe://evil.example/gateway'] }],
    ['with two SPIFFE IDs', { uris: [`spiffe://${TRUST_DOMAIN}/gateway`, `spiffe://${TRUST_DOMAIN}/post`] }],
    ['that has expired', { notBefore: new Date(Date.now() - 7_200_000), notAfter: new Date(Date.now() - 1_000) }],
    ['for servers alone', { eku: ['server'] }],
  ])('a certificate %s', async (_name, overrides) => {
    expect(await post(await formOf(), await certify('gateway', overrides))).toMatchObject(unauthorized);
  });

  it('a certificate of another CA', async () => {
    const folder = join(world.folder, '.tests', 'other-ca');
    await (await openAuthority(folder)).issue('gateway');
    expect(await post(await formOf(), await identityIn(join(folder, 'gateway')))).toMatchObject(unauthorized);
  });

  it.each<[string, Form]>([
    ['the secret of another client', { client_id: 'gateway', client_secret: 'x' }],
    ['a public client', { client_id: 'first-party' }],
    ['no client', { client_id: undefined }],
  ])('%s in place of the certificate', async (_name, parameters) => {
    const { status, body } = await post(await formOf(parameters), {});
    expect([status, body.access_token]).toEqual([expect.any(Number), undefined]);
    expect(status).toBeGreaterThanOrEqual(400);
  });

  it('other grants of a service', async () => {
    const form = await formOf({ grant_type: 'client_credentials' });
    expect(await post(form, await certify('gateway'))).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });
});

describe('the token endpoint refuses a request', () => {
  it.each<[string, Form, string]>([
    ['another trust domain', { audience: 'evil.example' }, 'invalid_target'],
    ['no trust domain', { audience: undefined }, 'invalid_request'],
    ['no scope', { scope: undefined }, 'invalid_request'],
    ['a scope that the subject token does not have', { scope: 'profile:write root' }, 'invalid_scope'],
    ['another requested token type', { requested_token_type: 'urn:ietf:params:oauth:token-type:access_token' }, 'invalid_request'],
    ['a refresh token as its subject', { subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' }, 'invalid_request'],
    ['a self-signed subject token', { subject_token_type: 'urn:ietf:params:oauth:token-type:self_signed' }, 'invalid_request'],
    ['an unsigned subject', { subject_token_type: 'urn:ietf:params:oauth:token-type:unsigned_json' }, 'invalid_request'],
    ['a JWT of the type of a Transaction Token', { subject_token_type: TXN_TOKEN }, 'invalid_request'],
    ['an actor token', { actor_token: 'x' }, 'invalid_request'],
    ['a resource', { resource: 'https://api.example' }, 'invalid_request'],
    ['a request context of 64 KB', { request_context: `{"a":"${'x'.repeat(65_536)}"}` }, 'invalid_request'],
    ['a request context of 2,001 characters', { request_context: `{"a":"${'x'.repeat(1_993)}"}` }, 'invalid_request'],
    ['a request context of 100 levels', { request_context: `${'{"a":'.repeat(100)}1${'}'.repeat(100)}` }, 'invalid_request'],
    ['a request context with a subject', { request_context: '{"sub":"admin"}' }, 'invalid_request'],
    ['a request context with roles', { request_context: '{"roles":"ADMIN"}' }, 'invalid_request'],
    ['a request context with a session', { request_context: '{"sid":"x"}' }, 'invalid_request'],
    ['a request context with a prototype', { request_context: '{"__proto__":{"roles":["ADMIN"]}}' }, 'invalid_request'],
    ['a request context that is a list', { request_context: '[1]' }, 'invalid_request'],
    ['a request context that is no JSON', { request_context: '{' }, 'invalid_request'],
    ['request details of 64 KB', { request_details: `{"rpc":"${'x'.repeat(65_536)}"}` }, 'invalid_request'],
    ['request details with roles', { request_details: `{"rpc":"${UPDATE_PROFILE}","roles":["ADMIN"]}` }, 'invalid_request'],
    ['rows without an rpc', { request_details: '{"binds":{"post_id":"1"}}' }, 'invalid_request'],
    ['rows that are no texts', { request_details: `{"rpc":"${UPDATE_PROFILE}","binds":{"post_id":1}}` }, 'invalid_request'],
    ['every rpc', { request_details: '{"rpc":"*"}' }, 'invalid_request'],
    ['a text in place of a hash', { request_details: `{"rpc":"${UPDATE_PROFILE}","request_sha256":"x"}` }, 'invalid_request'],
  ])('with %s', async (_name, parameters, error) => {
    const answer = await asGateway(parameters);
    expect(answer).toMatchObject({ status: 400, body: { error, error_description: expect.any(String) } });
    expect(answer.body.access_token).toBeUndefined();
  });

  it('with a parameter twice', async () => {
    const form = `${await formOf()}&subject_token=${await jwt()}`;
    expect(await post(form, await certify('gateway'))).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });

  it('says which parameter is wrong', async () => {
    const { body } = await asGateway({ request_context: '{"sub":"admin"}', requested_token_type: undefined });
    expect(body.error_description).toBe(
      'requested_token_type: Must be urn:ietf:params:oauth:token-type:txn_token. request_context: Must not have the name of a claim.',
    );
  });

  it.each<[string, () => Promise<string> | string]>([
    ['an opaque token', () => 'x'.repeat(43)],
    ['a Transaction Token of the type of a JWT', () => world.issuer.transactionTokenFor(aUser(), { trustDomain: TRUST_DOMAIN })],
    ['a JWT of another workload', () => jwt({ act: { sub: 'comment' } })],
    ['a JWT of no workload', () => jwt({ act: undefined })],
    ['a JWT that is not for auth', () => jwt({ aud: ['gateway'] })],
    ['a JWT of unknown scope', () => jwt({ scope: undefined })],
    ['a JWT that expired within the clock skew', () => jwt({ iat: inSeconds(-60), exp: inSeconds(-1) })],
    ['8,001 characters', () => 'x'.repeat(8_001)],
  ])('with %s as the subject token', async (_name, token) => {
    const { status, body } = await asGateway({ subject_token: await token(), request_details: JSON.stringify({ rpc: GET_USER }) });
    expect([status, body.error]).toEqual([400, 'invalid_request']);
  });

  it('with a JWT of a clock that is more ahead than services tolerate, and not of one that is less ahead', async () => {
    const ahead = (seconds: number) => jwt({ iat: inSeconds(seconds), exp: inSeconds(seconds + 60) });
    expect((await asGateway({ subject_token: await ahead(28) })).status).toBe(200);
    const { status, body } = await asGateway({ subject_token: await ahead(33) });
    expect([status, body.error]).toEqual([503, 'temporarily_unavailable']);
  });
});

/** The gateway, with requests that share a connection. It trusts the roots of now, so it can open no other one after a roll. */
async function openConnection() {
  const folder = join(world.folder, '.tests', 'connected');
  await world.authority.ensure('gateway');
  await cp(join(world.folder, 'gateway'), folder, { recursive: true });
  const identity = { ...(await identityIn(folder)), ca: world.authority.rootPem };
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = async () => post(await formOf(), { agent, ...identity });
  return {
    ask,
    /** Sends requests while `work` runs: the server closes a connection that is idle for some seconds. */
    askDuring: async (work: Promise<unknown>) => {
      const working = work.then(() => true);
      do expect((await ask()).status).toBe(200);
      while (!(await Promise.race([working, sleep(200, false)])));
    },
    close: () => {
      agent.destroy();
    },
  };
}

describe('a certificate is refused on an open connection', () => {
  it('after its revocation, and the next connection can have a new one', async () => {
    const { ask, close } = await openConnection();
    expect((await ask()).status).toBe(200);
    await world.authority.revoke('gateway');
    await eventually(async () => expect(await ask()).toMatchObject({ ...unauthorized, headers: { connection: 'close' } }));
    close();
    expect((await asGateway()).status).toBe(200);
  });

  it('after the removal of its root; the certificates of the new root are accepted', async () => {
    await world.authority.renew('gateway');
    const { ask, askDuring, close } = await openConnection();
    await askDuring(world.authority.roll({ pause: 2_500 }));
    expect((await asGateway()).status).toBe(200);
    await world.authority.finishRoll({ after: 0 });
    await eventually(async () => expect(await ask()).toMatchObject(unauthorized));
    close();
    expect((await asGateway()).status).toBe(200);
  });
});

it('limits failed requests of others at the address of the gateway, and none of the gateway', async () => {
  const statuses = new Set<number | undefined>();
  while (!statuses.has(429)) statuses.add((await post(await formOf(), {})).status);
  expect(statuses).toEqual(new Set([401, 429]));
  expect((await asGateway()).status).toBe(200);
  // No proxy is in front of this port, so no header changes the address.
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'x-forwarded-for': '203.0.113.7' };
  expect((await post(await formOf(), { headers })).status).toBe(429);
  // On the port without TLS, the address is the one that a trusted proxy states.
  const body = await formOf();
  expect((await fetch(`http://localhost:${String(auth.ports.http)}/oidc/token`, { method: 'POST', body, headers })).status).toBe(401);
});

it('a service that fetches the keys here trusts a new root without a restart', async () => {
  for (const service of ['user', 'gateway']) await world.authority.ensure(service);
  // As if the service had started before the roll.
  const rootsAtStart = join(world.folder, 'roots-at-start.crt');
  await cp(join(world.folder, 'user', 'ca.crt'), rootsAtStart);
  await world.authority.roll({ pause: 2_500 });
  const url = `https://localhost:${String(port)}/.well-known/jwks.json`;
  const user = await world.start('user', { JWKS_URI: url, NODE_EXTRA_CA_CERTS: rootsAtStart });
  const identity = await CertificateWatch.open({ folder: join(world.folder, 'gateway'), service: 'gateway', trustDomain: TRUST_DOMAIN });
  const config = { contract: UserService, service: 'user', url: `localhost:${String(user.ports.grpc)}`, deadlineMs: PATIENCE_MS };
  const { client, close } = openClient(config, identity);
  const { id } = aUser();
  const token = await jwt();
  // The service has the keys of this auth, and the token is by another one.
  await eventually(() => expect(withToken(token, () => client.getUser({ id }))).rejects.toMatchObject(denied('TOKEN_INVALID')));
  close();
  identity.close();
});
