import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Person, startSystem, type System } from '@reputable/dev';
import { eventually, PATIENT } from '@reputable/testing';
import { randomUUID } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { type Chromium, openChromium } from './chromium.ts';

let system: System;
let origin: string;
let chromium: Chromium;
let browser: Browser;

beforeAll(async () => {
  chromium = await openChromium();
  [system, browser] = await Promise.all([
    startSystem({ withProvider: true, env: { all: { LOG_LEVEL: 'warn', NODE_ENV: 'production', ...PATIENT } } }),
    chromium.launch(),
  ]);
  origin = new URL(system.urls.graphql).origin;
});
afterAll(async () => {
  await browser.close();
  await chromium.remove();
  await system.stop();
});

const anAddress = () => `${randomUUID()}@outside.example`;

/** Without scripts, a page needs no script. */
const newPage = async () => (await browser.newContext({ javaScriptEnabled: false })).newPage();

/** Opens the log-in page and logs in at the provider, by keyboard. */
async function logInAtProvider(page: Page, email: string): Promise<void> {
  await page.goto(`${origin}/auth/login?returnTo=/account`);
  await page.getByRole('button', { name: 'Continue with Outside Provider' }).press('Enter');
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('E-mail address').press('Enter');
}

const heading = (page: Page, name: string) => page.getByRole('heading', { name }).waitFor();

it('a user creates an account with an outside provider, and logs in with it (P23)', async () => {
  const [email, page] = [anAddress(), await newPage()];
  await logInAtProvider(page, email);
  await heading(page, 'Create an account');
  expect(await page.getByLabel('Display name').inputValue()).toBe('Ada');
  await page.getByLabel('Display name').press('Enter');
  await page.waitForURL(`${origin}/account`);
  const other = await newPage();
  await logInAtProvider(other, email);
  await other.waitForURL(`${origin}/account`);
});

it('a user who logs out is led to the provider, which asks, and comes back (P25)', async () => {
  const [email, page] = [anAddress(), await newPage()];
  await logInAtProvider(page, email);
  await page.getByLabel('Display name').press('Enter');
  await page.waitForURL(`${origin}/account`);
  await page.getByRole('button', { name: 'Log out' }).press('Enter');
  await heading(page, 'Log out at the outside provider?');
  await page.getByRole('button', { name: 'Log out' }).press('Enter');
  await page.waitForURL(`${system.urls.issuer}/log-in-with/outside/logged-out`);
  await heading(page, 'You are logged out');
  await page.goto(`${origin}/account`);
  await heading(page, 'Log in');
});

it('a script that logs out gets the URL at the provider (P25)', async () => {
  const [email, page] = [anAddress(), await newPage()];
  await logInAtProvider(page, email);
  await page.getByLabel('Display name').press('Enter');
  await page.waitForURL(`${origin}/account`);
  const headers = { 'x-reputable-csrf': '1', 'sec-fetch-site': 'same-origin', origin };
  const response = await page.request.post(`${origin}/auth/logout`, { headers });
  expect([response.status(), await response.json()]).toEqual([
    200,
    { provider: { label: 'Outside Provider', logOutUrl: expect.stringContaining(`${system.provider?.issuer ?? ''}/log-out?`) } },
  ]);
  expect((await page.request.post(`${origin}/auth/logout`, { headers })).status()).toBe(204);
});

it('a user who logs out at the provider is logged out here, too (P25)', async () => {
  const [email, page] = [anAddress(), await newPage()];
  await logInAtProvider(page, email);
  await page.getByLabel('Display name').press('Enter');
  await page.waitForURL(`${origin}/account`);
  await page.goto(`${system.provider?.issuer ?? ''}/log-out`);
  await page.getByRole('button', { name: 'Log out' }).press('Enter');
  await heading(page, 'You are logged out at the outside provider');
  await eventually(async () => {
    await page.goto(`${origin}/account`);
    expect(new URL(page.url()).pathname).toMatch(/^\/oidc\/interaction\//);
  });
});

it('a user whose address has an account links the provider by the password (P23)', async () => {
  const [ben, page] = [await Person.join(system, 'Ben'), await newPage()];
  await logInAtProvider(page, ben.credentials.email);
  await heading(page, 'Link Outside Provider to your account');
  await page.getByLabel('Password of your account here').fill(ben.credentials.password);
  await page.getByRole('button', { name: 'Log in and link Outside Provider' }).press('Enter');
  await page.waitForURL(`${origin}/account`);
});

it('a user who is logged in links a provider; an answer without its cookie is explained (P23)', async () => {
  const [cleo, page] = [await Person.join(system, 'Cleo'), await newPage()];
  await page.goto(`${origin}/auth/login?returnTo=/account`);
  await page.getByLabel('E-mail address').fill(cleo.credentials.email);
  await page.getByLabel('Password').fill(cleo.credentials.password);
  await page.getByLabel('Password').press('Enter');
  await page.waitForURL(`${origin}/account`);
  await page.goto(`${system.urls.issuer}/link/outside`);
  await page.getByRole('button', { name: 'Continue with Outside Provider' }).press('Enter');
  await page.getByLabel('E-mail address').fill(anAddress());
  await page.getByLabel('E-mail address').press('Enter');
  await heading(page, 'Link Outside Provider to your account?');
  await page.getByRole('button', { name: 'Link Outside Provider' }).press('Enter');
  await heading(page, 'Outside Provider is linked');
  await page.goto(`${system.urls.issuer}/log-in-with/outside/callback?state=x&code=y`);
  await heading(page, 'This browser did not begin this log-in');
});
