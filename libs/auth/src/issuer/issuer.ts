import { type CryptoKey, decodeProtectedHeader, errors, type JWTHeaderParameters, type JWTPayload, jwtVerify } from 'jose';
import { z } from 'zod';
import { AuthenticatedUser } from '../access/authenticated-user.ts';
import type { Transaction } from '../access/transaction.ts';
import { ClockSkew, type IssuerClocks, MAX_LEAD_S } from './issuer-clocks.ts';
import type { IssuerAudience } from './issuer-audience.ts';
import { type IssuerOptions, MAX_LIFETIME_S, type TokenType } from './issuer-options.ts';
import { type IssuerSettings, settingsOf, weakeningsOf } from './issuer-settings.ts';
import { KeySource } from './key-source.ts';
import { LoadedClaims } from './loaded-claims.ts';
import { type Claims, MappedUser } from './mapped-user.ts';
import { TRANSACTION_TOKEN, transactionIn } from './transaction-claims.ts';

/** A user, as a verified token describes them. */
export interface VerifiedClaims {
  /** The token's subject. */
  readonly user: AuthenticatedUser;
  /** The audience that the token names. */
  readonly audience?: readonly string[];
  /** Time of issue in seconds since the epoch. */
  readonly issuedAt: number;
  /** The token follows the revocations of its user up to this number. Undefined if the issuer states none. */
  readonly afterRevocation?: number | undefined;
  /** Time of expiry in seconds since the epoch. */
  readonly expiresAt: number;
  /** The end of the use of this result, in seconds since the epoch: after it, verify the token again. */
  readonly freshUntil: number;
  /** The transaction of a Transaction Token; undefined for an access token. */
  readonly transaction?: Transaction;
}

const seconds = z.number().int().positive().max(Number.MAX_SAFE_INTEGER);

/** The claims that every access token has (RFC 9068 §2.2). */
const Registered = z.looseObject({
  aud: z.union([z.string(), z.array(z.string()).max(50)]).optional(),
  iat: seconds,
  exp: seconds,
  nbf: z.number().optional(),
  auth_time: seconds.optional(),
  // RFC 7800: such a token is no bearer token.
  cnf: z.unknown().optional(),
});

/** The claims that jose checks in a JWT, apart from the times. */
const Stated = Registered.pick({ aud: true }).extend({ iss: z.string().optional() });

/** An issuer that the service trusts. It verifies its tokens by its own rules alone (RFC 8725, RFC 9068 §4). */
export class Issuer {
  readonly keys: KeySource;
  /** The options that weaken a check compared with the defaults, for the log. */
  readonly weakenings: readonly string[];
  readonly #settings: IssuerSettings;
  readonly #maxLeadS: number;
  readonly #header: ReturnType<typeof headerOf>;
  readonly #transactionHeader: ReturnType<typeof headerOf>;
  readonly #loaded: LoadedClaims | undefined;

  /**
   * @param clocks notes tokens from the future
   * @throws Error that lists every wrong option, and those that `exampleClaims` shows in `mapClaims`
   */
  constructor(
    options: IssuerOptions,
    audience: IssuerAudience,
    readonly clocks: IssuerClocks,
  ) {
    this.#settings = settingsOf(options, audience);
    this.#maxLeadS = audience.maxLeadS ?? MAX_LEAD_S;
    this.weakenings = weakeningsOf(this.#settings, audience.service);
    this.keys = new KeySource(options.keys ?? {}, options.url);
    this.#header = headerOf(this.#settings, this.#settings.types.flatMap(spellingsOf));
    this.#transactionHeader = headerOf({ ...this.#settings, types: [] }, [TRANSACTION_TOKEN]);
    this.#loaded = options.claimsSource && new LoadedClaims(options.claimsSource, audience.clientOf ?? noClients);
  }

  /** The issuer identifier: the token's `iss`. */
  get url(): string {
    return this.#settings.url;
  }

  /** The prefix of the ids of its users and sessions. */
  get namespace(): string | undefined {
    return this.#settings.namespace;
  }

  /**
   * Verifies a token in this order: header (pinned algorithms, `typ`, `kid` and no other parameter), key by `kid` from this issuer alone,
   * signature, `iss`, audience, the times, the mapping, the claims source. The `typ` of a Transaction Token selects its rules: the audience is the
   * trust domain, and the claims describe a transaction.
   *
   * @throws Error with the fault: of jose, `ClaimsError`, `KeyUnknown`, `KeysUnavailable`, `ClaimsUnavailable`, `ClockSkew`
   */
  async verify(jwt: string): Promise<VerifiedClaims> {
    const { transactionTokens } = this.#settings;
    if (transactionTokens !== undefined && decodeProtectedHeader(jwt).typ === TRANSACTION_TOKEN)
      return this.#verifyTransaction(jwt, transactionTokens);
    const { audience, audienceClaim } = this.#settings;
    return this.#verified(await this.#payloadOf(jwt, this.#header, audienceClaim === 'aud' ? audience : undefined));
  }

  async #verifyTransaction(jwt: string, trustDomain: string): Promise<VerifiedClaims> {
    const { transaction, claims } = transactionIn(await this.#payloadOf(jwt, this.#transactionHeader, trustDomain));
    return { ...(await this.#described(claims, [trustDomain])), transaction };
  }

  async #payloadOf(jwt: string, rules: ReturnType<typeof headerOf>, audience: string | undefined): Promise<JWTPayload> {
    const { url: issuer, algorithms } = this.#settings;
    const { payload } = await jwtVerify(jwt, (header) => this.#keyFor(rules, header), {
      issuer,
      algorithms: [...algorithms],
      // The times are checked below: jose has one tolerance for all of them.
      clockTolerance: Number.MAX_SAFE_INTEGER,
      ...(audience !== undefined && { audience }),
    });
    return payload;
  }

  /**
   * Verifies the claims that the issuer itself has returned for a token, as by introspection (RFC 7662 §2.2), by the same rules except those
   * about header and signature. Claims without `iss` are of this issuer.
   *
   * @throws Error with the fault: of jose, `ClaimsError`, `ClaimsUnavailable`, `ClockSkew`
   */
  async verifyClaims(claims: Claims): Promise<VerifiedClaims> {
    const { url, audience } = this.#settings;
    const { iss = url, aud = [] } = Stated.parse(claims);
    if (iss !== url) throw new Error('iss is another issuer');
    if (this.#settings.audienceClaim === 'aud' && ![aud].flat().includes(audience)) throw new Error(`aud does not contain ${audience}`);
    return this.#verified(claims);
  }

  #verified(payload: JWTPayload): Promise<VerifiedClaims> {
    const { audience, audienceClaim } = this.#settings;
    if (payload[audienceClaim] !== audience && audienceClaim !== 'aud') throw new Error(`${audienceClaim} is not ${audience}`);
    return this.#described(payload, [payload[audienceClaim]].flat().map(String));
  }

  /** Checks the times, and maps the claims to a user. */
  async #described(payload: JWTPayload, audience: readonly string[]): Promise<VerifiedClaims> {
    const { clockSkewS: clockTolerance } = this.#settings;
    const { iat: issuedAt, exp: expiresAt } = this.#checkedTimes(payload);
    const { afterRevocation, ...mapped } = MappedUser.parse(this.#settings.mapClaims(payload));
    const user = this.#userOf(mapped);
    // At most as long as a token of ours lives, so that a withdrawn key takes effect.
    const freshUntil = Math.min(expiresAt + clockTolerance, Date.now() / 1000 + MAX_LIFETIME_S);
    const claims = { user, audience, issuedAt, expiresAt, freshUntil, afterRevocation };
    if (!this.#loaded) return claims;
    const loaded = await this.#loaded.of(user);
    return { ...claims, user: loaded.user, freshUntil: Math.min(freshUntil, loaded.freshUntil) };
  }

  async #keyFor(rules: ReturnType<typeof headerOf>, header: JWTHeaderParameters): Promise<CryptoKey> {
    rules.parse(header);
    return this.keys.get(header);
  }

  #checkedTimes(payload: JWTPayload): { iat: number; exp: number } {
    const { maxLifetimeS, clockSkewS } = this.#settings;
    const { iat, exp, nbf = 0, auth_time: authTime = 0, cnf } = Registered.parse(payload);
    const now = Date.now() / 1000;
    if (exp <= now - clockSkewS) throw new errors.JWTExpired('exp is in the past', payload);
    // Relative to `iat`, so that a clock that is behind postpones no token.
    if (nbf > Math.max(iat, now) + clockSkewS) throw new Error('nbf is in the future');
    if (exp <= iat) throw new Error('exp is not after iat');
    if (cnf !== undefined) throw new Error('the token is bound to a key, and nobody checks a proof of that key');
    if (exp - iat > maxLifetimeS) throw new Error(`the lifetime exceeds ${String(maxLifetimeS)} seconds`);
    if (authTime > iat + clockSkewS) throw new Error('auth_time is after iat');
    this.#checkLead(iat - now);
    return { iat, exp };
  }

  /** Checks how far the token was issued in the future, by this service's clock. */
  #checkLead(leadS: number): void {
    const { clockSkewS } = this.#settings;
    if (leadS <= clockSkewS) return;
    this.clocks.note(this.url, leadS);
    if (leadS > Math.max(clockSkewS, this.#maxLeadS)) throw new ClockSkew(`iat is ${leadS.toFixed(1)} s in the future`);
  }

  #userOf({ id, sessionId, reputation = 0, ...claims }: Omit<z.output<typeof MappedUser>, 'afterRevocation'>): AuthenticatedUser {
    return new AuthenticatedUser({
      ...claims,
      id: this.#qualified(id),
      sessionId: sessionId === undefined ? undefined : this.#qualified(sessionId),
      reputation,
      issuer: this.url,
    });
  }

  #qualified(id: string): string {
    return this.namespace === undefined ? id : `${this.namespace}:${id}`;
  }
}

/** @param spellings the accepted values of `typ` */
function headerOf({ algorithms, types }: IssuerSettings, spellings: readonly string[]) {
  const typ = z.enum(spellings);
  return z.strictObject({
    alg: z.enum(algorithms),
    typ: types.includes('absent') ? typ.optional() : typ,
    kid: z.string().min(1).max(128),
  });
}

const spellingsOf = (type: TokenType) => ({ 'at+jwt': ['at+jwt', 'application/at+jwt'], JWT: ['JWT'], absent: [] })[type];

const noClients = () => {
  throw new Error('the service has no clients');
};
