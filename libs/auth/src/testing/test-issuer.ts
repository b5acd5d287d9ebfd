import { SCOPES, SERVICES } from '@reputable/contracts';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { randomUUID } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Attributes } from '../access/authenticated-user.ts';
import { type Algorithm, ALGORITHM, MAX_LIFETIME_S } from '../issuer/issuer-options.ts';

/** The user of a test token. */
export interface TestUser {
  readonly id: string;
  readonly roles: readonly string[];
  readonly reputation: number;
  /** Default: all scopes of this workspace. */
  readonly scopes?: readonly string[];
  /** Claims of your own tokens, by name. Default: none. */
  readonly attributes?: Attributes;
}

/** The options of a {@link TestIssuer}. */
export interface TestIssuerOptions {
  readonly audience?: readonly string[];
  readonly algorithm?: Algorithm;
}

/** A user for test tokens, with a random id. Default: no roles and 1 reputation. No service stores the user. */
export const aUser = (user: Partial<TestUser> = {}): TestUser => ({ id: randomUUID(), roles: [], reputation: 1, ...user });

/**
 * An issuer for the tests of your own services: a real key, a real JWKS and metadata over HTTP, real signatures.
 *
 * @example
 * const issuer = await TestIssuer.start();
 * // start your service with ISSUER=issuer.url, then
 * const token = await issuer.tokenFor(aUser({ reputation: 14 }));
 */
export class TestIssuer {
  /** The number of JWKS fetches. */
  fetches = 0;
  /** The metadata that it serves (OpenID Connect Discovery 1.0 §3). Add to it what your tests need. */
  readonly metadata: Record<string, unknown>;
  readonly #kid = randomUUID();
  readonly #routes = new Map<string, RequestListener>();

  private constructor(
    readonly url: string,
    readonly keys: { privateKey: CryptoKey; publicKey: CryptoKey },
    readonly server: Server,
    readonly audience: readonly string[],
    readonly algorithm: Algorithm,
  ) {
    this.metadata = { issuer: url, jwks_uri: `${url}/jwks` };
  }

  /**
   * Starts an issuer on a free port of this machine.
   *
   * @param options `audience`: the default `aud` of its tokens. Default: all services of this workspace. `algorithm`: of its key.
   * Default: ES256
   */
  static async start({ audience = SERVICES, algorithm = ALGORITHM }: TestIssuerOptions = {}): Promise<TestIssuer> {
    const keys = await generateKeyPair(algorithm, { extractable: true });
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    const issuer = new TestIssuer(url, keys, server, audience, algorithm);
    const jwks = JSON.stringify({ keys: [await issuer.publicJwk()] });
    server.on('request', (request, response) => {
      const route = issuer.#routes.get(request.url ?? '');
      if (route) {
        route(request, response);
        return;
      }
      const isMetadata = request.url?.endsWith('/.well-known/openid-configuration') === true;
      if (!isMetadata) issuer.fetches += 1;
      response.setHeader('content-type', 'application/json').end(isMetadata ? JSON.stringify(issuer.metadata) : jwks);
    });
    return issuer;
  }

  /**
   * Adds an endpoint, such as one for introspection.
   *
   * @returns its URL, for {@link metadata}
   */
  serve(path: `/${string}`, respond: RequestListener): string {
    this.#routes.set(path, respond);
    return `${this.url}${path}`;
  }

  /** The public key as served in the JWKS. */
  async publicJwk() {
    return { ...(await exportJWK(this.keys.publicKey)), kid: this.#kid, use: 'sig', alg: this.algorithm };
  }

  /** Issues a valid access token for a user. `claims` and `header` override single values; `undefined` removes one. */
  async tokenFor(user: TestUser, claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const payload = {
      iss: this.url,
      sub: user.id,
      aud: [...this.audience],
      client_id: 'test',
      sid: randomUUID(),
      jti: randomUUID(),
      iat: now,
      exp: now + MAX_LIFETIME_S,
      scope: (user.scopes ?? SCOPES).join(' '),
      roles: user.roles,
      reputation: user.reputation,
      ...user.attributes,
      ...claims,
    };
    return this.sign(payload, { typ: 'at+jwt', ...header });
  }

  /**
   * Issues a valid Transaction Token for a user, as `TOKENS_INSIDE=txn` does (draft-ietf-oauth-transaction-tokens-10). `claims` and `header` override
   * single values; `undefined` removes one.
   *
   * @param trustDomain its audience: the option `transactionTokens` of the service
   * @param workload the service that may send it. Default: `gateway`
   * @param path the rpc with side effects that it is for: `/package.Service/Rpc`. Undefined: reads
   * @param binds the ids of the rows that it is about, by the names that rules bind. Undefined: any rows
   * @param requestHash the only request that it is for: its `requestHashOf`. Undefined: any
   */
  async transactionTokenFor(
    user: TestUser,
    transaction: {
      readonly trustDomain: string;
      readonly workload?: string | undefined;
      readonly path?: string | undefined;
      readonly requestHash?: string;
      readonly binds?: Readonly<Record<string, string>>;
    },
    claims: Record<string, unknown> = {},
    header: Record<string, unknown> = {},
  ): Promise<string> {
    const { trustDomain, workload = 'gateway', path, requestHash, binds } = transaction;
    const now = Math.floor(Date.now() / 1000);
    const action = path === undefined ? { action: 'read' } : { action: 'write', rpc: path.slice(1), request_sha256: requestHash };
    const payload = {
      iss: this.url,
      sub: user.id,
      aud: trustDomain,
      iat: now,
      exp: now + MAX_LIFETIME_S,
      txn: randomUUID(),
      scope: (user.scopes ?? SCOPES).join(' '),
      req_wl: `spiffe://${trustDomain}/${workload}`,
      tctx: { ...action, binds, roles: user.roles, reputation: user.reputation },
      rctx: { sid: randomUUID(), client_id: 'test' },
      ...claims,
    };
    return this.sign(payload, { typ: 'txntoken+jwt', ...header });
  }

  /** Signs any claims, for tokens of another form than our own issuer's. `header` adds parameters to `alg` and `kid`. */
  sign(claims: Record<string, unknown>, header: Record<string, unknown> = {}): Promise<string> {
    return new SignJWT(claims).setProtectedHeader({ alg: this.algorithm, kid: this.#kid, ...header }).sign(this.keys.privateKey);
  }

  /** Stops the issuer. Further JWKS fetches fail. */
  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => {
      this.server.close(resolve);
    });
  }
}
