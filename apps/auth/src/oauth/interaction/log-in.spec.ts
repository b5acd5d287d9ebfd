import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aPerson, type AuthWorld, startAuthWorld } from '../../auth.fixture.ts';
import { Browser } from '../browser.fixture.ts';

let running: AuthWorld;

beforeAll(async () => {
  running = await startAuthWorld();
});
afterAll(async () => {
  await running.world.end();
});

const CALLBACK = 'http://localhost:3000/auth/callback';

function authorization(more: Record<string, string> = {}): URL {
  const url = new URL(`${running.issuer}/oidc/auth`);
  url.search = new URLSearchParams({
    client_id: 'gateway',
    response_type: 'code',
    scope: 'openid api',
    redirect_uri: CALLBACK,
    resource: 'http://localhost:3000/graphql',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    state: 'the-state',
    ...more,
  }).toString();
  return url;
}

async function registered() {
  const person = aPerson();
  await (await running.authAs()).register(person);
  return person;
}

describe('the log-in page', () => {
  it('sends who logs in back with a code, and asks for no consent where the application is ours', async () => {
    const { email, password } = await registered();
    const browser = new Browser(running.issuer);
    const page = await browser.open(authorization());
    expect(page).toMatchObject({ status: 200, title: 'Log in – Reputable' });
    const done = await browser.send(page, page.forms[0], { email, password });
    expect(done.url.href).toMatch(/^http:\/\/localhost:3000\/auth\/callback\?code=[\w-]{43}&state=the-state&iss=/);
  });

  it('asks nobody twice', async () => {
    const { email, password } = await registered();
    const browser = new Browser(running.issuer);
    const page = await browser.open(authorization());
    await browser.send(page, page.forms[0], { email, password });
    expect((await browser.open(authorization())).url.href).toContain(`${CALLBACK}?code=`);
  });
});
