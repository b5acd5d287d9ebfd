import type { TestIssuer } from '@reputable/auth/testing';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CLIENT = { id: 'reputable-api', secret: 'a secret of the client' };

/** The settings of a client for introspection. */
export async function clientOfIntrospection() {
  const clientSecretFile = join(await mkdtemp(join(tmpdir(), 'introspection-')), 'secret');
  await writeFile(clientSecretFile, CLIENT.secret);
  return { clientId: CLIENT.id, clientSecretFile };
}

/** An issuer that answers questions about its tokens (RFC 7662, RFC 9701). */
export class IntrospectingIssuer {
  /** The tokens that it was asked about. */
  readonly asked: string[] = [];
  /** Answers in place of the issuer, for its failures. */
  answer: ((response: ServerResponse) => void) | undefined;
  /** Changes the claims of a signed response, and its header. */
  distort: (claims: Record<string, unknown>, header: Record<string, unknown>) => void = () => undefined;
  readonly #tokens = new Map<string, Record<string, unknown>>();

  constructor(readonly issuer: TestIssuer) {
    const endpoint = issuer.serve('/introspect', (request, response) => void this.#introspect(request, response));
    Object.assign(issuer.metadata, { introspection_endpoint: endpoint, introspection_signing_alg_values_supported: ['RS256'] });
  }

  /** Issues a token. Default: an opaque one, as Ory issues them. */
  issue(claims: Record<string, unknown>, token = `ory_at_${random()}.${random()}`): string {
    this.#tokens.set(token, claims);
    return token;
  }

  revoke(token: string): void {
    this.#tokens.delete(token);
  }

  async #introspect(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(Buffer.concat(await request.toArray()).toString());
    const token = form.get('token') ?? '';
    this.asked.push(token);
    if (this.answer) {
      this.answer(response);
      return;
    }
    if (!isClient(request.headers.authorization)) {
      response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":"invalid_client"}');
      return;
    }
    const claims = this.#tokens.get(token);
    const body = claims ? { active: true, ...claims } : { active: false };
    if (request.headers.accept === 'application/token-introspection+jwt') {
      response.setHeader('content-type', request.headers.accept).end(await this.#signed(body));
    } else response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  }

  #signed(body: object): Promise<string> {
    const claims = { iss: this.issuer.url, aud: CLIENT.id, iat: Math.floor(Date.now() / 1000), token_introspection: body };
    const header = { typ: 'token-introspection+jwt' };
    this.distort(claims, header);
    return this.issuer.sign(claims, header);
  }
}

/** Whether a header has the credentials of the client, encoded as in a form (RFC 6749 §2.3.1). */
function isClient(authorization = ''): boolean {
  const [id, secret] = Buffer.from(authorization.replace(/^Basic /, ''), 'base64')
    .toString()
    .split(':');
  const sent = new URLSearchParams(`id=${String(id)}&secret=${String(secret)}`);
  return sent.get('id') === CLIENT.id && sent.get('secret') === CLIENT.secret;
}

const random = () => randomBytes(32).toString('base64url');

/** The claims that Ory Hydra states about an opaque token of a user of its own. */
export function hydraClaims(issuer: TestIssuer, changes: object = {}): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000);
  return {
    ...{ iss: issuer.url, iat: now, nbf: now, exp: now + 300, aud: ['reputable'], client_id: 'web', scope: 'openid offline' },
    ...{ sub: randomUUID(), token_type: 'Bearer', token_use: 'access_token', ext: { roles: ['MODERATOR'], sid: randomUUID() } },
    ...changes,
  };
}

/** The claims that Keycloak states about a lightweight access token, which itself has few of them. */
export function keycloakClaims(issuer: TestIssuer, changes: object = {}): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000);
  return {
    ...{ iss: issuer.url, iat: now, exp: now + 300, jti: randomUUID(), aud: ['reputable', 'account'], typ: 'Bearer', azp: 'web' },
    ...{ sub: randomUUID(), sid: randomUUID(), acr: '1', scope: 'openid profile', realm_access: { roles: ['ADMIN'] } },
    ...{ username: 'ada', client_id: 'web', token_type: 'Bearer' },
    ...changes,
  };
}
