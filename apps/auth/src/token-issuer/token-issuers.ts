import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { type AuthenticatedUser, Issuers, refusalFor, tokenInvalid } from '@reputable/auth';
import { GRANTABLE_SCOPES, ROLES, SCOPES } from '@reputable/contracts';
import { fail } from '@reputable/errors';
import { decodeJwt } from 'jose';
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

/** The issuers whose access tokens are exchanged for JWTs of ours (P24). */
@Injectable()
export class TokenIssuers implements OnModuleInit {
  readonly #log = new Logger('token issuers');
  readonly #issuers: ReadonlyMap<string, { readonly settings: TokenIssuerSettings; readonly verifier: Issuers }>;

  /** @throws Error if the library refuses the options of an issuer */
  constructor(@Inject(TOKEN_ISSUERS) settings: readonly TokenIssuerSettings[]) {
    const service = 'reputable';
    this.#issuers = new Map(settings.map((one) => [one.issuer.url, { settings: one, verifier: new Issuers(one.issuer, { service }) }]));
  }

  /** @throws Error if an issuer's metadata names another issuer */
  async onModuleInit(): Promise<void> {
    await Promise.all([...this.#issuers.values()].map(({ verifier }) => verifier.discover()));
  }

  /** @throws DomainError TOKEN_INVALID, TOKEN_EXPIRED, CLAIMS_INVALID, KEYS_UNAVAILABLE */
  async verify(jwt: string): Promise<IssuedToken> {
    const { settings, verifier } = this.#issuers.get(issuerIn(jwt)) ?? fail(tokenInvalid());
    const { user, issuedAt, expiresAt } = await verifier.verify(jwt).catch((fault: unknown) => {
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
}

/** The `iss` of a token, not verified yet: it only selects the rules. */
function issuerIn(jwt: string): string {
  try {
    return decodeJwt(jwt).iss ?? '';
  } catch {
    return '';
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
