import { CliError, eventually } from '@reputable/cli';
import type { System } from '@reputable/dev';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import * as openid from 'openid-client';
import { addClient } from './clients.ts';

type Tokens = Awaited<ReturnType<typeof openid.authorizationCodeGrant>>;

/** An authorization request. */
export interface LogIn {
  readonly url: URL;
  /** Redeems the code in the redirect URI to which auth has sent the browser. */
  readonly redeem: (callback: string) => Promise<Tokens>;
}

/** A third-party application: a client of the authorization server, with a server of its own for log-out tokens. */
export class Application {
  readonly #logOutTokens: string[] = [];
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  #configuration!: openid.Configuration;

  private constructor(
    private readonly system: Pick<System, 'urls' | 'dataDir'>,
    private readonly name: string,
  ) {}

  /** Starts the application, and registers it as a client with these scopes. */
  static async start(system: Pick<System, 'urls' | 'dataDir'>, name: string, scopes: string): Promise<Application> {
    const application = new Application(system, name);
    await once(application.#server.listen(0, '127.0.0.1'), 'listening');
    const uris = ['--redirect-uri', application.#url('/callback'), '--post-logout-redirect-uri', application.#url('/bye')];
    const backChannel = ['--back-channel-logout-uri', application.#url('/log-out')];
    const { id, secret } = await addClient(system, '--name', name, '--scope', scopes, ...uris, ...backChannel);
    const issuer = new URL('/oidc', system.urls.issuer);
    application.#configuration = await openid.discovery(issuer, id, undefined, openid.ClientSecretBasic(secret), {
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- without TLS, on this machine
      execute: [openid.allowInsecureRequests],
    });
    return application;
  }

  /** A new key that tokens can be bound to (DPoP, RFC 9449). */
  async key(): Promise<openid.DPoPHandle> {
    return openid.getDPoPHandle(this.#configuration, await openid.randomDPoPKeyPair('ES256'));
  }

  /** Begins to log a user in: authorization code with PKCE. @param key to bind the tokens to; none unless given */
  async logIn(scope: string, key?: openid.DPoPHandle): Promise<LogIn> {
    const [verifier, state] = [openid.randomPKCECodeVerifier(), openid.randomState()];
    const resource = this.system.urls.graphql;
    const url = openid.buildAuthorizationUrl(this.#configuration, {
      scope,
      state,
      resource,
      redirect_uri: this.#url('/callback'),
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    const checks = { pkceCodeVerifier: verifier, expectedState: state };
    const options = key === undefined ? {} : { DPoP: key };
    return {
      url,
      redeem: (callback) => openid.authorizationCodeGrant(this.#configuration, new URL(callback), checks, { resource }, options),
    };
  }

  /** Sends a query with a token, and a proof of the key that the token is bound to. */
  async ask(query: string, { access_token }: Tokens, DPoP: openid.DPoPHandle): Promise<unknown> {
    const [url, body] = [new URL(this.system.urls.graphql), JSON.stringify({ query })];
    const headers = new Headers({ 'content-type': 'application/json' });
    const response = await openid.fetchProtectedResource(this.#configuration, access_token, url, 'POST', body, headers, { DPoP });
    return response.json();
  }

  /** Where the application sends a browser to log out. */
  logOutUrl({ id_token }: Tokens): URL {
    return openid.buildEndSessionUrl(this.#configuration, {
      id_token_hint: id_token ?? '',
      post_logout_redirect_uri: this.#url('/bye'),
    });
  }

  /** Waits for a log-out token (OpenID Connect Back-Channel Logout 1.0), verifies it, and forgets it. */
  async logOutToken(subject: string): Promise<void> {
    const [token = ''] = await eventually(() => {
      const index = this.#logOutTokens.findIndex((each) => decodeJwt(each).sub === subject);
      return index < 0
        ? Promise.reject(new CliError('No log-out token has arrived.'))
        : Promise.resolve(this.#logOutTokens.splice(index, 1));
    });
    const { issuer, client_id: audience } = { ...this.#configuration.serverMetadata(), ...this.#configuration.clientMetadata() };
    const keys = createRemoteJWKSet(new URL(this.system.urls.jwks));
    await jwtVerify(token, keys, { issuer, audience, subject, typ: 'logout+jwt' });
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  #url(path: string): string {
    return `http://localhost:${String((this.#server.address() as AddressInfo).port)}${path}`;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const token = new URLSearchParams(await text(request)).get('logout_token');
    if (token !== null) this.#logOutTokens.push(token);
    response.end(`<title>${this.name}</title>`);
  }
}
