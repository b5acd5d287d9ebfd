import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SCOPE_EFFECTS } from '@reputable/contracts';
import { Person, startSystem, type System } from '@reputable/dev';
import { linksIn } from '@reputable/mailbox';
import { eventually, PATIENT, query } from '@reputable/testing';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { type Chromium, openChromium } from './chromium.ts';

const NEW_PASSWORD = 'another horse battery';

let system: System;
let origin: string;
let chromium: Chromium;
let browser: Browser;
let person: Person;
let context: BrowserContext;
let page: Page;
/** Everything that a page must not do: errors in the console, and requests to other origins. */
let faults: string[];
/** The server and the origin of every application. */
let applications: Server;
let application: string;

describe('the pages of the account, in a browser and by keyboard', () => {
  beforeAll(async () => {
    chromium = await openChromium();
    const [started, launched] = await Promise.all([
      startSystem({ env: { all: { LOG_LEVEL: 'warn', NODE_ENV: 'production', ...PATIENT } } }),
      chromium.launch(),
    ]);
    [system, browser] = [started, launched];
    applications = createServer((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>The application</h1>'));
    await once(applications.listen(0, '127.0.0.1'), 'listening');
    application = `http://127.0.0.1:${String((applications.address() as AddressInfo).port)}`;
    origin = new URL(system.urls.graphql).origin;
  });
  afterAll(async () => {
    await browser.close();
    applications.close();
    await chromium.remove();
    await system.stop();
  });

  beforeEach(async () => {
    person = await Person.join(system, 'Ada');
    // The pages work without scripts.
    context = await browser.newContext({ javaScriptEnabled: false });
    page = await context.newPage();
    faults = [];
    // Chromium reports the status of every refused form, too.
    page.on('console', (message) => message.text().includes('status of 422') || faults.push(message.text()));
    page.on('request', (request) => {
      if (![origin, system.urls.issuer, application].includes(new URL(request.url()).origin)) faults.push(request.url());
    });
  });
  afterEach(async () => {
    expect(faults).toEqual([]);
    await context.close();
  });

  it('lead to the log-in and back, and to each other', async () => {
    await logIn('/account');
    await fits();
    expect(await page.getByText('You are logged in as Ada.').count()).toBe(1);
    for (const name of [
      'Sessions',
      'Personal access tokens',
      'Applications',
      'Linked log-ins',
      'E-mail address',
      'Password',
      'Download your data',
      'Delete your account',
    ]) {
      await focus('link', name);
      await page.keyboard.press('Enter');
      await heading(name);
      await fits();
      await focus('link', 'Your account');
      await page.keyboard.press('Enter');
      await heading('Your account');
    }
    await focus('button', 'Log out');
    await page.keyboard.press('Enter');
    await heading('You are logged out');
    await fits();
    await page.goto(`${origin}/account`);
    expect(await page.getByLabel('Password').count()).toBe(1);
  });

  it('list what the user has allowed on the consent page, with a box unticked', async () => {
    const parameters = {
      ...{ client_id: await anApplication('Digest'), redirect_uri: `${application}/callback`, response_type: 'code', state: 'a-state' },
      ...{ scope: 'openid posts:read votes:write', resource: system.urls.graphql, prompt: 'consent' },
      ...{ code_challenge: 'A'.repeat(43), code_challenge_method: 'S256' },
    };
    await page.goto(`${system.urls.issuer}/oidc/auth?${String(new URLSearchParams(parameters))}`);
    await fillLogIn();
    await heading('Allow Digest to use your account?');
    await fits();
    await focus('checkbox', SCOPE_EFFECTS['votes:write'] ?? '');
    await page.keyboard.press('Space');
    await focus('button', 'Allow');
    await page.keyboard.press('Enter');
    await heading('The application');
    expect(new URL(page.url()).searchParams.get('code')).toMatch(/^[\w-]{43}$/);
    await page.goto(`${origin}/account/applications`);
    await heading('Applications');
    expect(await page.getByText(SCOPE_EFFECTS['posts:read'] ?? '').count()).toBe(1);
    expect(await page.getByText(SCOPE_EFFECTS['votes:write'] ?? '').count()).toBe(0);
  });

  it('end a session', async () => {
    await logIn('/account/sessions');
    expect(await page.getByText('This browser.').count()).toBe(1);
    await focus('button', 'End Reputable');
    await page.keyboard.press('Enter');
    await page.getByRole('status').filter({ hasText: 'The session has ended.' }).waitFor();
    await fits();
    await expect(person.refresh()).rejects.toMatchObject({ reason: 'REFRESH_TOKEN_INVALID' });
    await page.reload();
    expect(await page.getByRole('status').count()).toBe(0);
  });

  it('make and revoke a personal access token, and show it once', async () => {
    await logIn('/account/tokens');
    await focus('textbox', 'Name');
    await page.keyboard.type('Nightly report');
    await page.keyboard.press('Enter');
    // Without a scope, the form comes back.
    await page.getByRole('alert').waitFor();
    expect(await page.title()).toBe('Error: Personal access tokens – Reputable');
    expect(await page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('Nightly report');
    await fits();
    await focus('link', 'Scopes: Must name a scope at least.');
    await page.keyboard.press('Enter');
    await focus('checkbox', 'see how you voted');
    await page.keyboard.press('Space');
    await focus('combobox', 'It expires after');
    await page.keyboard.press('ArrowUp');
    await focus('button', 'Create the token');
    await page.keyboard.press('Enter');

    await page.getByRole('status').filter({ hasText: 'The token was created. Copy it now.' }).waitFor();
    await fits();
    const shown = page.getByRole('textbox', { name: 'The new token, which is shown only once' });
    const token = await shown.inputValue();
    expect((await person.me(token)).id).toBe(person.id);
    await page.reload();
    expect(await shown.count()).toBe(0);
    expect(await page.getByRole('listitem').count()).toBe(1);
    await focus('button', 'Revoke Nightly report');
    await page.keyboard.press('Enter');
    await page.getByRole('status').filter({ hasText: 'The token is revoked.' }).waitFor();
    await expect(person.me(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('revoke what the user has allowed an application', async () => {
    await allowAnApplication('Weekly Digest');
    await logIn('/account/applications');
    expect(await page.getByText('It can vote in your name.').count()).toBe(1);
    await fits();
    await focus('button', 'Revoke Weekly Digest');
    await page.keyboard.press('Enter');
    await page.getByRole('status').filter({ hasText: 'The application cannot use your account any more.' }).waitFor();
    expect(await page.getByRole('listitem').count()).toBe(0);
    await fits();
  });

  it('unlink a log-in with an outside provider', async () => {
    const link = "INSERT INTO linked_log_in (id, account_id, issuer, subject, email) VALUES ($1, $2, 'https://acme.example', 'ada', $3)";
    await query(system.databaseUrl('auth'), link, [randomUUID(), person.id, 'ada@acme.example']);
    await logIn('/account/log-ins');
    await fits();
    await focus('button', 'Unlink https://acme.example');
    await page.keyboard.press('Enter');
    await page.getByRole('status').filter({ hasText: 'The log-in is unlinked.' }).waitFor();
    await fits();
  });

  it('verify and change the e-mail address, by links in mails', async () => {
    await logIn('/account/email');
    await fits();
    await focus('button', 'Send a link to verify it');
    await page.keyboard.press('Enter');
    await page.getByRole('status').filter({ hasText: 'The link is on its way.' }).waitFor();
    await open(await linkTo(person.credentials.email));
    await page.goto(`${origin}/account/email`);
    expect(await page.getByText(`${person.credentials.email} is verified.`).count()).toBe(1);

    const email = `${randomUUID()}@example.com`;
    await focus('textbox', 'New e-mail address');
    await page.keyboard.type(email);
    await focus('textbox', 'Current password');
    await page.keyboard.type('a wrong password');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    await fits();
    expect(await page.getByRole('textbox', { name: 'New e-mail address' }).inputValue()).toBe(email);
    await focus('textbox', 'Current password');
    await page.keyboard.type(person.credentials.password);
    await page.keyboard.press('Enter');
    await page
      .getByRole('status')
      .filter({ hasText: `A mail is on its way to ${email}.` })
      .waitFor();
    await fits();
    await open(await linkTo(email));
    await page.goto(`${origin}/account/email`);
    expect(await page.getByText(`${email} is verified.`).count()).toBe(1);
  });

  it('change the password', async () => {
    await logIn('/account/password');
    await changePassword('a wrong password');
    await page.getByRole('alert').waitFor();
    expect(await page.title()).toBe('Error: Password – Reputable');
    expect(await page.getByRole('textbox', { name: 'Current password' }).inputValue()).toBe('');
    await fits();
    await changePassword(person.credentials.password);
    await page.getByRole('status').filter({ hasText: 'Your password is changed.' }).waitFor();
    person.credentials.password = NEW_PASSWORD;
    await person.logIn();
  });

  it('download the data of the user', async () => {
    await logIn('/account/delete');
    await focus('link', 'download your data');
    await page.keyboard.press('Enter');
    await heading('Download your data');
    await fits();
    await focus('textbox', 'Current password');
    await page.keyboard.type(person.credentials.password);
    const download = page.waitForEvent('download');
    await page.keyboard.press('Enter');
    const file = await download;
    expect(file.suggestedFilename()).toBe('reputable.json');
    expect(JSON.parse(await readFile(await file.path(), 'utf8'))).toMatchObject({ profile: { displayName: 'Ada' }, commentVotes: [] });
  });

  it('delete the account; its posts stay, without the name', async () => {
    const { createPost } = await person.ask<{ createPost: { id: string } }>(
      'mutation { createPost(input: { title: "Kept", body: "Text" }) { id } }',
    );
    await logIn('/account/delete');
    await fits();
    await focus('textbox', 'Current password');
    await page.keyboard.type(person.credentials.password);
    await page.keyboard.press('Enter');
    await heading('Your account is deleted');
    await fits();
    await expect(person.logIn()).rejects.toMatchObject({ reason: 'CREDENTIALS_INVALID' });
    await page.goto(`${origin}/account`);
    expect(await page.getByLabel('Password').count()).toBe(1);
    const reader = await Person.join(system, 'Ben');
    await eventually(async () => {
      const { post } = await reader.ask<{ post: object }>(
        'query ($id: ID!) { post(id: $id) { title author { displayName reputation } } }',
        {
          id: createPost.id,
        },
      );
      expect(post).toEqual({ title: 'Kept', author: { displayName: 'deleted user', reputation: 1 } });
    });
  });
});

/** Opens a page without a session, and logs in at the page that comes instead. */
async function logIn(path: string): Promise<void> {
  await page.goto(origin + path);
  await fillLogIn();
  await page.waitForURL(origin + path);
}

/** Fills in and submits the log-in page. */
async function fillLogIn(): Promise<void> {
  await page.getByLabel('E-mail address').fill(person.credentials.email);
  await page.getByLabel('Password').fill(person.credentials.password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
}

/** Waits for the mail to an address, and returns the link in it. */
const linkTo = (email: string): Promise<string> =>
  eventually(() => {
    const [mail] = system.mailbox.mailsTo(email);
    const [link] = mail ? linksIn(mail) : [];
    if (link === undefined) throw new Error(`No mail to ${email}.`);
    return link;
  }, 20_000);

/** Opens a link in a mail, and uses it. */
async function open(link: string): Promise<void> {
  await page.goto(link);
  const used = page.waitForResponse((response) => response.request().method() === 'POST');
  await page.getByRole('button').first().click();
  expect((await used).status()).toBe(200);
}

/** Registers an application. Returns its id. */
async function anApplication(name: string): Promise<string> {
  const id = randomUUID();
  const registered = {
    ...{ client_id: id, client_name: name, redirect_uris: [`${application}/callback`], token_endpoint_auth_method: 'none' },
    ...{
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      scope: 'openid',
      api_scope: 'posts:read votes:write',
    },
  };
  await query(system.databaseUrl('auth'), 'INSERT INTO oauth_client (id, metadata) VALUES ($1, $2)', [id, registered]);
  return id;
}

/** A consent of the person, as the consent page stores it. */
async function allowAnApplication(name: string): Promise<void> {
  const client = await anApplication(name);
  const consent = "INSERT INTO consent (id, account_id, client_id, allowed, rejected) VALUES ($1, $2, $3, $4, '{}')";
  await query(system.databaseUrl('auth'), consent, [randomUUID(), person.id, client, ['openid', 'votes:write']]);
}

async function changePassword(current: string): Promise<void> {
  await focus('textbox', 'Current password');
  for (const [index, password] of [current, NEW_PASSWORD, NEW_PASSWORD].entries()) {
    if (index > 0) await page.keyboard.press('Tab');
    await page.keyboard.type(password);
  }
  await page.keyboard.press('Enter');
}

const heading = (name: string) => page.getByRole('heading', { level: 1, name, exact: true }).waitFor();

/** Presses Tab until the element with this role and name has the focus, as a user without a pointer does. */
async function focus(role: 'button' | 'checkbox' | 'combobox' | 'link' | 'textbox', name: string): Promise<void> {
  const element = page.getByRole(role, { name, exact: true }).first();
  await element.waitFor();
  for (let presses = 0; presses < 40; presses += 1) {
    if (await element.and(page.locator(':focus')).count()) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`The focus does not reach the ${role} ${name}.`);
}

/** Checks that the page needs no horizontal scrolling on a phone or a large screen, in either colour scheme. */
async function fits(): Promise<void> {
  for (const width of [375, 1440]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme });
      const session = await context.newCDPSession(page);
      const { cssContentSize } = await session.send('Page.getLayoutMetrics');
      expect(cssContentSize.width).toBeLessThanOrEqual(width);
      await session.detach();
    }
  }
}
