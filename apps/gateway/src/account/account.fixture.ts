import type { Client } from '@reputable/auth';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { BrowserSessionService } from '@reputable/contracts/auth/v1/browser_session';
import { Provider } from '@reputable/provider';
import { createAccount, freePort, type TestService, TestWorld, urlsOf } from '@reputable/testing';
import { randomBytes, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SessionVault } from '../browser-session/session-vault.ts';
import { Browser } from '../testing/browser.ts';
import { OpaqueIssuer } from './opaque-issuer.fixture.ts';

/** The origin of the gateway for browsers. */
export const ORIGIN = 'http://localhost:3000';

const PASSWORD = 'correct horse battery';

/** A user with an account, and a browser in which the user is logged in. */
export interface Member {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  readonly browser: PageBrowser;
  /** Auth, as this user. */
  readonly auth: Client<typeof AuthService>;
  /** The opaque tokens of the browser's session. */
  readonly accessToken: string;
}

/** A page of the gateway. */
export interface Shown {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly title: string;
}

/** A browser that shows pages and sends their forms. */
export class PageBrowser extends Browser {
  /** Opens a page, and the page of each redirect within the gateway. */
  async open(path: string, headers: Record<string, string> = {}): Promise<Shown> {
    return this.#show(await this.send(path, { headers }));
  }

  /** Sends a form of our own page, unless other headers say otherwise. Follows the redirect. */
  async submit(
    path: string,
    fields: Record<string, string> | [string, string][] = {},
    headers: Record<string, string> = OURS,
  ): Promise<Shown> {
    return this.#show(await this.send(path, { method: 'POST', body: new URLSearchParams(fields), headers }));
  }

  async #show(response: Response): Promise<Shown> {
    const next = response.headers.get('location');
    if (next?.startsWith('/account')) return this.open(next);
    const { status, headers } = response;
    const text = (await response.text()).replace(/<style>.*<\/style>/s, '').replace(/\s+/g, ' ');
    return { status, headers, text, title: /<title>(.*?) – Reputable<\/title>/.exec(text)?.[1] ?? '' };
  }
}

const OURS = { origin: ORIGIN, 'sec-fetch-site': 'same-origin' };

/** The gateway, with a real auth and a real user service. */
export interface AccountWorld {
  readonly world: TestWorld;
  /** The settings that name auth as the issuer. */
  readonly issuer: { readonly ISSUER: string; readonly JWKS_URI: string };
  readonly auth: TestService;
  readonly user: TestService;
  readonly gateway: TestService;
  /**
   * Another issuer, whose tokens auth exchanges: those of its clients `gateway` and `web` with all rights of the user. It sends logout tokens
   * to auth.
   */
  readonly realm: Provider;
  /** An issuer with opaque tokens, about which auth asks it. */
  readonly opaque: OpaqueIssuer;
  /** A browser without a session. */
  browser(): PageBrowser;
  /** A new user. */
  member(): Promise<Member>;
  /** Another browser of the same user. */
  again(member: Member): Promise<Member>;
}

let shared: Promise<AccountWorld> | undefined;

/** The services that all specs of pages in this process share. */
export const sharedAccountWorld = (): Promise<AccountWorld> => (shared ??= start());

async function start(): Promise<AccountWorld> {
  const world = await TestWorld.shared();
  const PORT = String(await freePort());
  const issuer = { ISSUER: `http://localhost:${PORT}`, JWKS_URI: `http://localhost:${PORT}/.well-known/jwks.json` };
  const user = await world.start('user', issuer);
  const logOutUri = `${issuer.ISSUER}/issuers/acme/back-channel-log-out`;
  const realm = (await Provider.start({ realm: { name: 'acme', audience: 'reputable', logOutUri } })).unref();
  const opaque = await OpaqueIssuer.start(world.folder);
  const outside = { OIDC_PROVIDERS: await aProvider(world.folder), TOKEN_ISSUERS: tokenIssuers(realm, opaque) };
  const auth = await world.start('auth', { ...issuer, PORT, ...urlsOf({ user }), ...outside });
  const gateway = await world.start('gateway', { ...issuer, ...urlsOf({ auth, user }), PUBLIC_URL: ORIGIN });
  const anyone = await world.client(AuthService, auth);
  const encryptionKey = Buffer.from(gateway.settings['SESSION_ENCRYPTION_KEY'] ?? '', 'base64');
  const vault = new SessionVault(await world.client(BrowserSessionService, auth), { encryptionKey, issuer: '', isForeign: false });
  const browser = () => new PageBrowser(`http://127.0.0.1:${String(gateway.ports.http)}`);

  const logIn = async (email: string): Promise<Member> => {
    const { tokens } = await anyone.logIn({ email, password: PASSWORD, device: 'Firefox', address: '192.0.2.1' });
    const { accessToken = '', refreshToken = '', userId = '' } = tokens ?? {};
    const id = randomBytes(32).toString('base64url');
    await vault.create(id, { accessToken, refreshToken, expiresAt: Date.now() + 300_000 });
    const loggedIn = browser();
    loggedIn.cookies.set('__Host-session', id);
    const token = (await anyone.exchangeToken({ subjectToken: accessToken, audience: ['auth'] })).accessToken;
    return {
      id: userId,
      email,
      password: PASSWORD,
      browser: loggedIn,
      accessToken,
      auth: await world.client(AuthService, auth, { token }),
    };
  };
  return {
    world,
    issuer,
    auth,
    user,
    gateway,
    realm,
    opaque,
    browser,
    member: async () => {
      const email = `${randomUUID()}@example.com`;
      const databases = { auth: auth.databaseUrl, user: user.databaseUrl };
      await createAccount(databases, { email, password: PASSWORD, displayName: 'Ada <Lovelace>' });
      await anyone.logIn({ email, password: PASSWORD, device: 'Curl', address: '192.0.2.1' });
      return logIn(email);
    },
    again: ({ email }) => logIn(email),
  };
}

const tokenIssuers = ({ issuer }: Provider, opaque: OpaqueIssuer): string =>
  JSON.stringify([
    {
      ...{ id: 'acme', kind: 'keycloak', realm: issuer, audience: 'reputable', roles: 'realm' },
      ...{ rolesFrom: 'issuer', trustedClients: ['gateway', 'web'], events: { audience: 'gateway' } },
    },
    opaque.settings,
  ]);

/** The setting with an outside provider, to which nobody connects. */
async function aProvider(folder: string): Promise<string> {
  const clientSecretFile = join(folder, 'provider-secret');
  await writeFile(clientSecretFile, randomUUID());
  return JSON.stringify([{ id: 'acme', label: 'Acme <ID>', issuer: 'https://acme.example', clientId: 'reputable', clientSecretFile }]);
}
