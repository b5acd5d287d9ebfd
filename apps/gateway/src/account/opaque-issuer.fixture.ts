import { TestIssuer } from '@reputable/auth/testing';
import { randomBytes, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** An issuer with opaque tokens, such as Ory Hydra, which states their claims (RFC 7662). */
export class OpaqueIssuer {
  /** The tokens that it was asked about. */
  readonly asked: string[] = [];
  readonly #tokens = new Map<string, object>();

  private constructor(
    readonly issuer: TestIssuer,
    /** Its entry in `TOKEN_ISSUERS`. */
    readonly settings: object,
  ) {
    issuer.metadata['introspection_endpoint'] = issuer.serve('/introspect', (request, response) => {
      void text(request).then((form) => {
        const token = new URLSearchParams(form).get('token') ?? '';
        this.asked.push(token);
        const claims = this.#tokens.get(token);
        response.setHeader('content-type', 'application/json').end(JSON.stringify({ active: claims !== undefined, ...claims }));
      });
    });
  }

  /** @param folder where the secret of auth is */
  static async start(folder: string): Promise<OpaqueIssuer> {
    const issuer = await TestIssuer.start({ algorithm: 'RS256' });
    issuer.server.unref();
    const clientSecretFile = join(folder, 'introspection-secret');
    await writeFile(clientSecretFile, randomUUID());
    const introspection = { clientId: 'reputable-api', clientSecretFile, tokenPrefix: 'ory_at_' };
    const trust = { audience: 'reputable', trustedClients: ['web'] };
    return new OpaqueIssuer(issuer, { id: 'hydra', kind: 'ory-hydra', url: issuer.url, introspection, ...trust });
  }

  /** Issues a token to a new user. */
  issue(): string {
    const token = `ory_at_${randomBytes(32).toString('base64url')}.${randomBytes(32).toString('base64url')}`;
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: this.issuer.url, sub: randomUUID(), aud: ['reputable'], client_id: 'web', iat: now, exp: now + 300 };
    this.#tokens.set(token, { ...claims, scope: 'openid', token_type: 'Bearer' });
    return token;
  }
}
