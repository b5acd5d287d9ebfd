import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { ALGORITHM, type AuthenticatedUser, CLOCK_SKEW_S, Issuers, refusalFor, tokenInvalid, type VerifiedClaims } from '@reputable/auth';
import { GRANTABLE_SCOPES, ROLES, SCOPES } from '@reputable/contracts';
import { DomainError, fail } from '@reputable/errors';
import { decodeJwt } from 'jose';
import { Discovery } from '../outside-provider/discovery.ts';
import { Throttle } from '../throttle/throttle.ts';
import { IntrospectedTokens } from './introspected-tokens.ts';
import { Introspection } from './introspection.ts';
import { isOurs } from './own-token.ts';
import type { TokenIssuerSettings } from './token-issuers.field.ts';

/** The injection token of the settings. */
export const TOKEN_ISSUERS = Symbol('TokenIssuers');

/** A verified access token of an issuer of the settings. */
export interface IssuedToken {
  readonly issuer: string;
  /** The issuer's id of the user. */
  readonly subject: string;
  /** The issuer's id of the user's session; undefined if the issuer states none. */
  readonly sid: string | undefined;
  /** The issuer and its client, as in `acme:web`. */
  readonly clientId: string;
  /** The scopes of the API that the token has. */
  readonly scopes: readonly string[];
  /** Whether the client acts for the user as our own clients do: with the user's roles. */
  readonly trusted: boolean;
  /** The user's roles by the issuer; undefined if those of the user service count. */
  readonly roles: readonly string[] | undefined;
  readonly user: AuthenticatedUser;
  /** In seconds since the epoch. */
  readonly issuedAt: number;
  /** In seconds since the epoch. */
  readonly expiresAt: number;
}

/** An issuer, and how its tokens are verified. */
interface TokenIssuer {
  readonly settings: TokenIssuerSettings;
  readonly verifier: Issuers;
  /** Set if the issuer is asked about its tokens. */
  readonly introspected: IntrospectedTokens | undefined;
}

/** The issuers whose access tokens are exchanged for JWTs of ours (P24). */
@Injectable()
export class TokenIssuers implements OnModuleInit {
  readonly #log = new Logger('token issuers');
  readonly #issuers: ReadonlyMap<string, TokenIssuer>;

  /** @throws Error if the library refuses the options of an issuer */
  constructor(@Inject(TOKEN_ISSUERS) settings: readonly TokenIssuerSettings[], @Inject(Throttle) throttle: Pick<Throttle, 'token'>) {
    this.#issuers = new Map(settings.map((one) => [one.issuer.url, tokenIssuer(one, throttle)]));
  }

  /** @throws Error if an issuer's metadata names another issuer */
  async onModuleInit(): Promise<void> {
    await Promise.all(
      [...this.#issuers.values()].map(({ verifier, introspected }) => Promise.all([verifier.discover(), introspected?.discover()])),
    );
  }

  /**
   * Verifies a token that is not ours by its form: a JWT by the rules of the issuer in its `iss`, an opaque token by those of the issuer with
   * its prefix. An issuer with introspection is asked about all its tokens.
   *
   * @throws DomainError TOKEN_INVALID, TOKEN_EXPIRED, CLAIMS_INVALID, KEYS_UNAVAILABLE, SERVICE_UNAVAILABLE
   */
  async verify(token: string): Promise<IssuedToken> {
    const issuer = this.#issuerOf(token) ?? fail(tokenInvalid());
    const { settings } = issuer;
    const { user, issuedAt, expiresAt } = await verified(issuer, token).catch((fault: unknown) => {
      if (fault instanceof DomainError) throw fault;
      const refusal = refusalFor(fault);
      this.#log.warn({ msg: 'token refused', issuer: settings.id, reason: refusal.error.reason, fault: refusal.fault });
      throw refusal.error;
    });
    const grant = grantOf(user, settings);
    if (grant.scopes.length === 0) {
      this.#log.warn({ msg: 'token refused', issuer: settings.id, client: user.clientId, fault: 'it has no scope of the API' });
      throw tokenInvalid();
    }
    return { ...grant, issuer: settings.issuer.url, subject: user.id, sid: user.sessionId, user, issuedAt, expiresAt };
  }

  /**
   * Runs an exchange of a token: within the limits of its issuer if that is asked about each token.
   *
   * @param address the IP address of the client; empty if it is not known
   * @throws DomainError TOO_MANY_ATTEMPTS, and the error of the exchange
   */
  limit<T>(token: string, address: string, exchange: () => Promise<T>): Promise<T> {
    return this.#issuerOf(token)?.introspected?.limit(token, address, exchange) ?? exchange();
  }

  /** The issuer that a token is of by its form. An opaque token is shown to no other one. */
  #issuerOf(token: string): TokenIssuer | undefined {
    if (isOurs(token)) return undefined;
    const iss = issuerIn(token);
    if (iss !== undefined) return this.#issuers.get(iss);
    return [...this.#issuers.values()].find(({ settings: { introspection } }) => {
      const prefix = introspection?.tokenPrefix;
      return prefix !== undefined && token.startsWith(prefix);
    });
  }
}

function tokenIssuer(settings: TokenIssuerSettings, throttle: Pick<Throttle, 'token'>): TokenIssuer {
  const { id, issuer, introspection } = settings;
  const asked =
    introspection && new Introspection(introspection, issuer.algorithms ?? [ALGORITHM], new Discovery({ id, issuer: issuer.url }));
  return {
    settings,
    // A log-out ends the sessions of all tokens that were issued before it, by the issuer's clock within this skew.
    verifier: new Issuers(issuer, { service: 'reputable', maxLeadS: CLOCK_SKEW_S }),
    introspected: asked && new IntrospectedTokens(id, asked, throttle),
  };
}

async function verified({ settings, verifier, introspected }: TokenIssuer, token: string): Promise<VerifiedClaims> {
  if (!introspected) return verifier.verify(token);
  const claims = await introspected.claimsOf(token);
  const { token_type: type = 'Bearer' } = claims;
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer') throw new Error('token_type is not Bearer');
  return verifier.verifyClaims(settings.issuer.url, claims);
}

/** The `iss` of a JWT, not verified yet: it only selects the rules. Undefined if the token is opaque. */
function issuerIn(token: string): string | undefined {
  try {
    return decodeJwt(token).iss ?? '';
  } catch {
    return undefined;
  }
}

/** A trusted client acts for the user as our own clients do. Any other has the scopes of its token that applications can have, and no roles. */
function grantOf({ roles, scopes, clientId = '' }: AuthenticatedUser, { id, rolesFrom, trustedClients }: TokenIssuerSettings) {
  const trusted = trustedClients.includes(clientId);
  const fromIssuer = rolesFrom === 'issuer' ? roles.filter((role) => (ROLES as readonly string[]).includes(role)) : undefined;
  return {
    clientId: `${id}:${clientId}`,
    scopes: trusted ? SCOPES : Object.keys(GRANTABLE_SCOPES).filter((scope) => scopes.includes(scope)),
    trusted,
    roles: fromIssuer,
  };
}
