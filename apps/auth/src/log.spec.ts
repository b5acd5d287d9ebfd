import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Collector } from '@reputable/collector';
import { denied, eventually, query } from '@reputable/testing';
import { aPerson, startOtherAuth } from './auth.fixture.ts';
import { basic, type OAuthWorld, openOAuthWorld, walk } from './oauth.fixture.ts';

let running: OAuthWorld;
let collector: Collector;

beforeAll(async () => {
  collector = await Collector.start();
  const tracing = {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_METRICS_EXPORTER: 'none',
    METRICS_PORT: '0',
    OTEL_BSP_SCHEDULE_DELAY: '50',
  };
  running = await openOAuthWorld(await startOtherAuth({ LOG_LEVEL: 'trace', ...tracing }));
});
afterAll(async () => {
  await running.end();
  await running.auth.stop();
  await collector.stop();
});

it('no secret is ever in the log, in a span or in a metric, not even when the database fails (A20)', async () => {
  const auth = await running.authAs();
  const person = { ...aPerson(), password: 'canary-right-password', displayName: 'Canary Name' };
  const secrets = [
    person.password,
    'canary-wrong-password',
    person.email,
    person.displayName,
    running.auth.settings.KEY_ENCRYPTION_KEY ?? '',
    running.auth.settings.OIDC_CLIENT_SECRET ?? '',
  ];

  await auth.register(person);
  const link = await running.linkTo(person.email);
  const token = link.pathname.split('/').at(-1) ?? '';
  secrets.push(token);
  const { device, address } = person;
  await expect(auth.confirmRegistration({ token, password: 'canary-wrong-password', device, address })).rejects.toMatchObject(
    denied('CREDENTIALS_INVALID'),
  );
  const { tokens } = await auth.confirmRegistration({ token, password: person.password, device, address });
  const next = (await auth.refresh({ refreshToken: tokens?.refreshToken ?? '', address: person.address })).tokens;
  await expect(auth.logIn({ ...person, password: 'canary-wrong-password' })).rejects.toMatchObject(denied('CREDENTIALS_INVALID'));
  await auth.register({ ...person, password: 'canary-wrong-password' });
  await auth.refresh({ refreshToken: next?.refreshToken ?? '', address: person.address });
  await expect(auth.refresh({ refreshToken: tokens?.refreshToken ?? '', address: person.address })).rejects.toMatchObject(
    denied('REFRESH_TOKEN_REUSED'),
  );
  await expect((await running.authAs({ token: `${tokens?.accessToken ?? ''}x` })).logOut({})).rejects.toMatchObject(
    denied('TOKEN_INVALID'),
  );
  await fetch(`${running.issuer}/canary-path?token=canary-query`, {
    headers: { authorization: 'Bearer canary-header', cookie: 'canary-cookie' },
  });

  const [digest, browser] = [await running.application(), running.browser()];
  const request = await digest.begin();
  const page = await browser.open(request.url);
  await browser.send(page, page.forms[0], { email: person.email, password: 'canary-wrong-password' });
  const landed = (await walk(browser, request.url, person)).url;
  const granted = await digest.redeem(request, landed);
  const form = { code: landed.searchParams.get('code') ?? '', code_verifier: request.verifier, redirect_uri: digest.callback };
  await running.post('/token', { grant_type: 'authorization_code', ...form }, basic(digest));
  await running.post('/token', { grant_type: 'password', username: person.email, password: person.password }, basic(digest));
  await running.post('/token/introspection', { token: 'canary-token' }, basic({ id: digest.id, secret: 'canary-secret' }));
  await running.post('/me', { access_token: granted.access_token });
  secrets.push(
    form.code,
    form.code_verifier,
    digest.secret ?? '',
    granted.access_token,
    granted.refresh_token ?? '',
    granted.id_token ?? '',
  );
  secrets.push(...browser.cookies.map(({ value }) => value));
  const waiting = running.browser();
  const waitingPage = await waiting.open(request.url);

  // PostgreSQL's error quotes the refused row, and TypeORM's the values.
  const refuse = 'ALTER TABLE oauth_record ADD CHECK (false) NOT VALID; ALTER TABLE registration ADD CHECK (false) NOT VALID';
  await query(running.auth.databaseUrl, refuse);
  await expect(auth.logIn(person)).rejects.toMatchObject(denied('INTERNAL'));
  await expect(auth.register({ ...aPerson(), password: person.password, email: 'canary-mail@example.com' })).rejects.toMatchObject(
    denied('INTERNAL'),
  );

  expect(await browser.open(request.url)).toMatchObject({ status: 500, title: 'Something broke – Reputable' });
  const broken = await waiting.send(waitingPage, waitingPage.forms[0], { email: person.email, password: person.password });
  expect(broken).toMatchObject({ status: 500, title: 'Something broke – Reputable' });

  const rows = await query<{ secret: string }>(
    running.auth.databaseUrl,
    "SELECT encode(hash, 'hex') AS secret FROM oauth_record UNION ALL SELECT password_hash FROM account UNION ALL SELECT private_jwe FROM signing_key",
  );
  for (const each of [tokens, next]) if (each) secrets.push(each.accessToken, each.refreshToken);
  secrets.push(...rows.map(({ secret }) => secret), '$argon2', 'canary');

  const log = await eventually(() => {
    const text = running.auth.log();
    expect(text).toContain('call failed');
    expect(text).toContain('session ended: code or refresh token used twice');
    expect(text).toContain('authorization server request failed');
    expect(text).toContain('page request failed');
    return text;
  });
  const spans = await eventually(() => {
    const text = JSON.stringify(collector.traces.changesAfter(0));
    for (const each of ['AuthService/Register"', 'POST /oidc', 'INSERT', '"error.type":"23514"', 'TOKEN_INVALID'])
      expect(text).toContain(each);
    return text;
  });
  const metrics = await (await fetch(`http://127.0.0.1:${String(running.auth.ports.metrics)}/metrics`)).text();
  for (const each of ['AuthService/Register"', 'http_route="', 'TOKEN_INVALID', 'reputable_signing_key_age_seconds'])
    expect(metrics).toContain(each);
  const text = `${log}${spans}${metrics}`.toLowerCase();
  expect(secrets.filter((secret) => text.includes(secret.toLowerCase()))).toEqual([]);
});
