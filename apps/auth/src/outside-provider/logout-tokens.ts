import { jwtVerify } from 'jose';
import { z } from 'zod';
import type { Discovery } from './discovery.ts';
import { CLOCK_TOLERANCE_S } from './openid-configuration.ts';
import { failureOf, ProviderFailure } from './provider-failure.ts';
import { ProviderKeys } from './provider-keys.ts';

/** The sessions that a provider has ended: by the user, by one session, or by both. */
export interface LoggedOut {
  readonly issuer: string;
  readonly subject: string | undefined;
  readonly sid: string | undefined;
  /** The id of the token, for one use. */
  readonly jti: string;
  /** From when on the token is too old to be accepted. */
  readonly expiresAt: Date;
}

/** How old a logout token may be, in seconds, besides the difference of the clocks: its lifetime is two minutes at most (§2.4). */
const MAX_AGE_S = 120;

/** The algorithms with public keys: a token signed with the client secret, or not at all, is refused. */
const ALGORITHMS = ['ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512', 'EdDSA', 'Ed25519'];

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';

const text = () => z.string().min(1).max(255);

/** The claims of a logout token that `jwtVerify` does not check (§2.4, §2.6). A token with a nonce is an ID token. */
const Claims = z
  .object({
    jti: text(),
    iat: z.number(),
    sub: text().optional(),
    sid: text().optional(),
    events: z.object({ [EVENT]: z.object({}) }),
    nonce: z.never({ error: 'is not allowed' }).optional(),
  })
  .refine(({ sub, sid }) => sub !== undefined || sid !== undefined, { error: 'has neither sub nor sid' });

/** Verifies the logout tokens of a provider (OpenID Connect Back-Channel Logout 1.0 §2.6). */
export class LogoutTokens {
  readonly #keys = new ProviderKeys();

  /** @param audience the clients here, one of which a token must be for */
  constructor(
    readonly discovery: Discovery,
    readonly audience: readonly string[],
  ) {}

  /** Verifies a token, except that it is used once. @throws ProviderFailure */
  async verify(token: string): Promise<LoggedOut> {
    try {
      return await this.#verify(token);
    } catch (error) {
      if (error instanceof z.ZodError) throw new ProviderFailure('invalid', z.prettifyError(error));
      throw failureOf(error);
    }
  }

  async #verify(token: string): Promise<LoggedOut> {
    const { issuer } = this.discovery.settings;
    const { jwks_uri: url = '', id_token_signing_alg_values_supported: own } = await this.discovery.metadata();
    const { payload, protectedHeader } = await jwtVerify(token, this.#keys.at(url), {
      issuer,
      audience: [...this.audience],
      algorithms: ALGORITHMS.filter((algorithm) => own?.includes(algorithm) ?? true),
      clockTolerance: CLOCK_TOLERANCE_S,
      maxTokenAge: MAX_AGE_S,
      requiredClaims: ['exp'],
    });
    if (!isLogoutType(protectedHeader.typ)) throw new ProviderFailure('invalid', `its type is ${String(protectedHeader.typ).slice(0, 50)}`);
    const { sub: subject, sid, jti, iat } = Claims.parse(payload);
    return { issuer, subject, sid, jti, expiresAt: new Date((iat + MAX_AGE_S + CLOCK_TOLERANCE_S) * 1000) };
  }
}

/** The type is recommended (§2.4). Providers of earlier drafts have none, or `JWT`; other types are other tokens. */
const isLogoutType = (typ = 'JWT') => ['jwt', 'logout+jwt'].includes(typ.toLowerCase().replace(/^application\//, ''));
