import type { AuthenticatedUser } from '@reputable/auth';
import type { AccessToken, Configuration } from 'oidc-provider';

/** When and how the user of a token logged in, as claims (RFC 9068 §2.2.1). Undefined ones are left out. */
export interface LogInClaims {
  /** Seconds since the epoch. */
  readonly auth_time?: number | undefined;
  /** Values of RFC 8176 §2. Undefined for a log-in with an outside provider: the registry has no value for one. */
  readonly amr?: string[] | undefined;
}

/**
 * The log-in of an access token that oidc-provider issues: that of the code or of the refresh token. So a token keeps the log-in that it began
 * with, even if the user logs in again for other tokens of the same session (RFC 9068 §2.2.1).
 */
export const extraTokenClaims: NonNullable<Configuration['extraTokenClaims']> = (ctx, token) => {
  // The tokens of our own client are issued without a request to oidc-provider: there is no context.
  const { RefreshToken, AuthorizationCode } = (ctx as typeof ctx | undefined)?.oidc.entities ?? {};
  const issuedFor = RefreshToken ?? AuthorizationCode;
  return issuedFor ? { auth_time: issuedFor.authTime, amr: issuedFor.amr } : token.extra;
};

/** The log-in behind a token of another issuer. */
export const logInBehind = ({
  authenticatedAt,
  authenticationMethods,
}: Pick<AuthenticatedUser, 'authenticatedAt' | 'authenticationMethods'>) => ({
  auth_time: authenticatedAt && Math.floor(authenticatedAt.getTime() / 1000),
  amr: authenticationMethods.length > 0 ? [...authenticationMethods] : undefined,
});

/** The log-in of an access token. */
export function logInOf({ extra }: Pick<AccessToken, 'extra'>): LogInClaims {
  const { auth_time, amr }: LogInClaims = extra ?? {};
  return { auth_time, amr };
}
