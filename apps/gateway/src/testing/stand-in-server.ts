import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** The form of a token request. */
type Form = URLSearchParams;

/**
 * A stand-in for the authorization server, for behaviour that the real one does not have: short-lived tokens, delays, failures. As in the real
 * one, a refresh token used twice invalidates all tokens.
 */
export class StandInServer {
  /** The lifetime of access tokens, in seconds. */
  lifetime = 300;
  /** The delay of token responses, in milliseconds. */
  delay = 0;
  /** Whether token requests fail with the status 500. */
  broken = false;
  /** The number of token responses to lose: the server does its work, and closes the connection. */
  losses = 0;
  /** How long the second use of a refresh token gets the same tokens, in milliseconds. */
  retryMs = 0;
  /** The grant types of all token requests. */
  readonly grants: string[] = [];
  /** All issued tokens. */
  readonly issued: string[] = [];
  /** Claims that override those of ID tokens. */
  claims: Record<string, unknown> = {};
  /** Whether to sign ID tokens with an unknown key. */
  forge = false;
  readonly #server = createServer((request, response) => {
    void this.#answer(request).then(({ status, body }) => {
      if (request.method === 'POST' && this.losses > 0) {
        this.losses -= 1;
        request.socket.destroy();
        return;
      }
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  #keys = generateKeyPair('ES256');
  /** The issued refresh tokens, and the use of each. */
  readonly #refreshTokens = new Map<string, { body: object; at: number } | undefined>();

  private constructor(readonly issuer: string) {}

  /** Starts on a free port with this `issuer` in its metadata. */
  static async start(issuer: string): Promise<StandInServer> {
    const server = new StandInServer(issuer);
    await once(server.#server.listen(0, '127.0.0.1'), 'listening');
    return server;
  }

  /** The URL at which it listens. */
  get url(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  /** Issues the tokens of a log-in. */
  tokens(): { accessToken: string; refreshToken: string; expiresAt: number } {
    const [accessToken, refreshToken] = [newToken(), newToken()];
    this.issued.push(accessToken, refreshToken);
    this.#refreshTokens.set(refreshToken, undefined);
    return { accessToken, refreshToken, expiresAt: Date.now() + this.lifetime * 1000 };
  }

  /** Signs ID tokens with another key from now on, and publishes that key alone. */
  replaceKey(): void {
    this.#keys = generateKeyPair('ES256');
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage): Promise<{ status: number; body: object }> {
    const { pathname } = new URL(request.url ?? '', this.url);
    if (pathname === '/.well-known/openid-configuration') return { status: 200, body: this.#metadata() };
    if (pathname === '/jwks') return { status: 200, body: { keys: [await this.#publicJwk()] } };
    const form = new URLSearchParams(await text(request));
    this.grants.push(form.get('grant_type') ?? '');
    await new Promise((resolve) => setTimeout(resolve, this.delay));
    if (this.broken) return { status: 500, body: { error: 'server_error' } };
    return form.get('grant_type') === 'authorization_code' ? this.#redeem(form) : this.#refresh(form);
  }

  /** The metadata: URLs below the issuer, not below the URL at which it listens. */
  #metadata(): object {
    const { issuer } = this;
    return {
      issuer,
      authorization_endpoint: `${issuer}/auth`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      id_token_signing_alg_values_supported: ['ES256'],
    };
  }

  /** Redeems a code. The code is the nonce for the ID token. */
  async #redeem(form: Form): Promise<{ status: number; body: object }> {
    return this.#success({ id_token: await this.#idToken({ nonce: form.get('code') }) });
  }

  async #publicJwk(): Promise<JWK & { kid: string }> {
    const jwk = await exportJWK((await this.#keys).publicKey);
    return { ...jwk, kid: await calculateJwkThumbprint(jwk) };
  }

  async #idToken(more: object): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const right = { iss: this.issuer, aud: 'gateway', sub: 'somebody', iat: now, exp: now + 300, ...more };
    const { kid } = await this.#publicJwk();
    const { privateKey } = await (this.forge ? generateKeyPair('ES256') : this.#keys);
    const token = await new SignJWT({ ...right, ...this.claims }).setProtectedHeader({ alg: 'ES256', kid }).sign(privateKey);
    this.issued.push(token);
    return token;
  }

  async #refresh(form: Form): Promise<{ status: number; body: object }> {
    const idToken = await this.#idToken({});
    const token = form.get('refresh_token') ?? '';
    const use = this.#refreshTokens.get(token);
    if (use && Date.now() - use.at < this.retryMs) return { status: 200, body: use.body };
    if (use || !this.#refreshTokens.has(token)) {
      this.#refreshTokens.clear();
      return { status: 400, body: { error: 'invalid_grant', error_description: 'grant request is invalid' } };
    }
    const answer = this.#success({ id_token: idToken });
    this.#refreshTokens.set(token, { body: answer.body, at: Date.now() });
    return answer;
  }

  #success(more: object): { status: number; body: object } {
    const { accessToken, refreshToken } = this.tokens();
    const body = { access_token: accessToken, refresh_token: refreshToken, token_type: 'Bearer', expires_in: this.lifetime, ...more };
    return { status: 200, body };
  }
}

const newToken = () => randomBytes(32).toString('base64url');
