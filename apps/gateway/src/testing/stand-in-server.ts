import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What an authorization server is asked for a token with. */
type Form = URLSearchParams;

/**
 * Stands in for the authorization server where a test needs what the real one does not do: tokens that end at once, slowness, failure. A refresh
 * token that comes twice ends everything, as it does there.
 */
export class StandInServer {
  /** How long the access tokens that it gives live, in seconds. */
  lifetime = 300;
  /** How long it takes to answer, in milliseconds. */
  delay = 0;
  /** Whether it answers with an error of its own. */
  broken = false;
  /** The grant types of all requests for tokens. */
  readonly grants: string[] = [];
  /** Every token that it has given. */
  readonly given: string[] = [];
  /** What is said in ID tokens, beside or in place of what is right. */
  claims: Record<string, unknown> = {};
  /** Whether another key than its own signs ID tokens. */
  forge = false;
  readonly #server = createServer((request, response) => {
    void this.#answer(request).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  readonly #keys = generateKeyPair('ES256');
  /** The refresh tokens it has given, and whether each is used. */
  readonly #refreshTokens = new Map<string, boolean>();

  private constructor(readonly issuer: string) {}

  /** Starts on a free port; it says that it is this `issuer`. */
  static async start(issuer: string): Promise<StandInServer> {
    const server = new StandInServer(issuer);
    await once(server.#server.listen(0, '127.0.0.1'), 'listening');
    return server;
  }

  /** Where it is. */
  get url(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  /** The tokens of somebody who has logged in. */
  tokens(): { accessToken: string; refreshToken: string; expiresAt: number } {
    const [accessToken, refreshToken] = [newToken(), newToken()];
    this.given.push(accessToken, refreshToken);
    this.#refreshTokens.set(refreshToken, false);
    return { accessToken, refreshToken, expiresAt: Date.now() + this.lifetime * 1000 };
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage): Promise<{ status: number; body: object }> {
    const { pathname } = new URL(request.url ?? '', this.url);
    if (pathname === '/.well-known/openid-configuration') return { status: 200, body: this.#metadata() };
    if (pathname === '/jwks') return { status: 200, body: { keys: [await exportJWK((await this.#keys).publicKey)] } };
    const form = new URLSearchParams(await text(request));
    this.grants.push(form.get('grant_type') ?? '');
    await new Promise((resolve) => setTimeout(resolve, this.delay));
    if (this.broken) return { status: 500, body: { error: 'server_error' } };
    return form.get('grant_type') === 'authorization_code' ? this.#redeem(form) : this.#refresh(form);
  }

  /** It tells of itself by its public name, wherever it is asked. */
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

  /** Its codes are the nonce that is to be in the ID token. */
  async #redeem(form: Form): Promise<{ status: number; body: object }> {
    const now = Math.floor(Date.now() / 1000);
    const right = { iss: this.issuer, aud: 'gateway', sub: 'somebody', iat: now, exp: now + 300, nonce: form.get('code') };
    const { privateKey } = await (this.forge ? generateKeyPair('ES256') : this.#keys);
    const token = await new SignJWT({ ...right, ...this.claims }).setProtectedHeader({ alg: 'ES256' }).sign(privateKey);
    this.given.push(token);
    return this.#success({ id_token: token });
  }

  #refresh(form: Form): { status: number; body: object } {
    const token = form.get('refresh_token') ?? '';
    if (this.#refreshTokens.get(token) !== false) {
      this.#refreshTokens.clear();
      return { status: 400, body: { error: 'invalid_grant', error_description: 'grant request is invalid' } };
    }
    this.#refreshTokens.set(token, true);
    return this.#success({});
  }

  #success(more: object): { status: number; body: object } {
    const { accessToken, refreshToken } = this.tokens();
    const body = { access_token: accessToken, refresh_token: refreshToken, token_type: 'Bearer', expires_in: this.lifetime, ...more };
    return { status: 200, body };
  }
}

const newToken = () => randomBytes(32).toString('base64url');
