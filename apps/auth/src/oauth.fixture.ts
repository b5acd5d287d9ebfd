import { GRANTABLE_SCOPES } from '@reputable/contracts';
import { dataSourceOptions } from '@reputable/database';
import { query } from '@reputable/testing';
import * as openid from 'openid-client';
import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { aPerson, type AuthWorld, type Person } from './auth.fixture.ts';

export type { Person };
import { Session } from './session/session.entity.ts';
import { endSessionsOfClient } from './session/session.service.ts';
import { Browser, type Shown } from './browser.fixture.ts';
import type { NewClient } from './client/client-metadata.ts';
import { ClientRegistry } from './client/client-registry.ts';

/** The API's resource indicator. */
export const API = 'http://localhost:3000/graphql';

/** The scopes of the API that applications can have. */
export const API_SCOPES = Object.keys(GRANTABLE_SCOPES).join(' ');

/** All scopes. */
export const ALL = `openid profile email ${API_SCOPES}`;

/** An authorization request of an application. */
export interface Request {
  readonly url: URL;
  readonly verifier: string;
  readonly state: string;
  readonly resource: string | undefined;
}

export type Tokens = Awaited<ReturnType<typeof openid.authorizationCodeGrant>>;

/** A third-party application that uses openid-client. */
export class Application {
  constructor(
    readonly id: string,
    readonly secret: string | undefined,
    readonly callback: string,
    readonly config: openid.Configuration,
  ) {}

  /** Begins an authorization request. @param more adds or replaces parameters */
  async begin(scope = ALL, more: Record<string, string> = {}): Promise<Request> {
    const verifier = openid.randomPKCECodeVerifier();
    const state = openid.randomState();
    const resource = scope.includes(':') ? API : undefined;
    const url = openid.buildAuthorizationUrl(this.config, {
      scope,
      state,
      redirect_uri: this.callback,
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...(resource !== undefined && { resource }),
      ...more,
    });
    return { url, verifier, state, resource };
  }

  /** Redeems the code in the redirect URI. */
  redeem({ verifier, state, resource }: Request, landed: URL): Promise<Tokens> {
    const more = resource === undefined ? {} : { resource };
    return openid.authorizationCodeGrant(this.config, landed, { pkceCodeVerifier: verifier, expectedState: state }, more);
  }

  /** Runs the whole flow: a person logs in and consents. */
  async logIn(browser: Browser, person: Person, scope = ALL): Promise<Tokens> {
    const request = await this.begin(scope);
    return this.redeem(request, (await walk(browser, request.url, person)).url);
  }

  refresh(refreshToken: string | undefined, about: Record<string, string> = { resource: API }): Promise<Tokens> {
    return openid.refreshTokenGrant(this.config, refreshToken ?? '', about);
  }
}

/** Walks through our pages as a person: logs in if asked, and allows the scopes. */
export async function walk(browser: Browser, url: URL, { email, password }: Person): Promise<Shown> {
  let page = await browser.open(url);
  if (page.title.startsWith('Log in')) page = await browser.send(page, page.forms[0], { email, password });
  if (page.title.startsWith('Allow')) page = await browser.send(page, page.forms[0]);
  return page;
}

/** A test world with third-party applications. */
export interface OAuthWorld extends AuthWorld {
  readonly registry: ClientRegistry;
  application(about?: Partial<NewClient>): Promise<Application>;
  /** The gateway as an OAuth client. */
  gateway(): Promise<Application>;
  browser(): Browser;
  /** A person with an account, whose address is not verified unless told otherwise. */
  person(isVerified?: boolean): Promise<Person>;
  /** Posts a form to an endpoint, without a client library. */
  post(path: string, form: Record<string, string>, headers?: Record<string, string>): Promise<Answer>;
  /** Why a session ended; null if it has not. */
  endOf(sessionId: string): Promise<string | null>;
  /** All sessions of a client. */
  sessionsOf(clientId: string): Promise<SessionRow[]>;
  end(): Promise<void>;
}

export interface SessionRow {
  readonly id: string;
  readonly device: string;
  readonly end_reason: string | null;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: { readonly error?: string; readonly error_description?: string; readonly [name: string]: unknown };
}

/** Auth and user, with a registry of clients. Starts them, or takes those of {@link sharedAuthWorld}. */
export async function openOAuthWorld(running: AuthWorld): Promise<OAuthWorld> {
  const { issuer, auth } = running;
  const dataSource = new DataSource(dataSourceOptions({ url: auth.databaseUrl, entities: [Session], migrations: [] }));
  await dataSource.initialize();
  const registry = new ClientRegistry(dataSource, endSessionsOfClient);
  const connect = async (id: string, secret: string | undefined) =>
    openid.discovery(new URL(`${issuer}/oidc`), id, secret, secret === undefined ? openid.None() : openid.ClientSecretBasic(secret), {
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- without TLS, on this machine
      execute: [openid.allowInsecureRequests],
    });
  return {
    ...running,
    registry,
    application: async (about) => {
      const callback = about?.redirectUris?.[0] ?? `https://${randomUUID()}.example/callback`;
      const client: NewClient = {
        name: 'Weekly Digest',
        kind: 'confidential',
        redirectUris: about?.kind === 'machine' ? [] : [callback],
        postLogoutRedirectUris: about?.kind === 'machine' ? [] : [new URL('/bye', callback).href],
        scopes: ALL.split(' '),
        ...about,
      };
      const { id, secret } = await registry.add(client);
      return new Application(id, secret, callback, await connect(id, secret));
    },
    gateway: async () => {
      const secret = auth.settings['OIDC_CLIENT_SECRET'];
      return new Application('gateway', secret, 'http://localhost:3000/auth/callback', await connect('gateway', secret));
    },
    browser: () => new Browser(issuer),
    person: async (isVerified = false) => {
      const person = aPerson();
      await running.create({ ...person, isVerified });
      return person;
    },
    post: async (path, form, headers = {}) => {
      const response = await fetch(`${issuer}/oidc${path}`, { method: 'POST', body: new URLSearchParams(form), headers });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: (text === '' ? {} : JSON.parse(text)) as Answer['body'] };
    },
    endOf: async (id) => {
      const [row] = await query<SessionRow>(auth.databaseUrl, 'SELECT * FROM session WHERE id = $1', [id]);
      if (!row) throw new Error(`Session ${id} does not exist.`);
      return row.end_reason;
    },
    sessionsOf: (id) => query<SessionRow>(auth.databaseUrl, 'SELECT * FROM session WHERE client_id = $1 ORDER BY id', [id]),
    end: () => dataSource.destroy(),
  };
}

/** The HTTP basic authentication of a client (RFC 6749 §2.3.1). */
export const basic = ({ id, secret = '' }: Pick<Application, 'id' | 'secret'>) => ({
  authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`,
});
