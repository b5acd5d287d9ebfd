import * as openid from 'openid-client';

/**
 * Why a log-in with a provider failed: the user denied it there, the provider did not answer, its clock is wrong or its token is expired, or
 * its answer is not what it must be.
 */
export type FailureKind = 'denied' | 'unavailable' | 'clock' | 'invalid';

/** A log-in with an outside provider failed. The message is for the log. It contains no code and no token. */
export class ProviderFailure extends Error {
  override readonly name = 'ProviderFailure';
  constructor(
    readonly kind: FailureKind,
    message: string,
  ) {
    super(message);
  }
}

/** The codes of openid-client for a provider that is down, slow or broken, and for a time that is wrong. */
const KINDS: Readonly<Record<string, FailureKind>> = {
  OAUTH_TIMEOUT: 'unavailable',
  OAUTH_RESPONSE_IS_NOT_CONFORM: 'unavailable',
  OAUTH_RESPONSE_IS_NOT_JSON: 'unavailable',
  OAUTH_PARSE_ERROR: 'unavailable',
  OAUTH_JWT_TIMESTAMP_CHECK_FAILED: 'clock',
};

/** The errors of a provider's authorization endpoint (RFC 6749 §4.1.2.1) that are no fault of ours. */
const ANSWERS: Readonly<Record<string, FailureKind>> = {
  access_denied: 'denied',
  temporarily_unavailable: 'unavailable',
  server_error: 'unavailable',
};

/** An error of openid-client as a failure. */
export function failureOf(error: unknown): ProviderFailure {
  if (error instanceof ProviderFailure) return error;
  if (error instanceof openid.AuthorizationResponseError) {
    return new ProviderFailure(ANSWERS[error.error] ?? 'invalid', `the provider answered ${error.error.slice(0, 100)}`);
  }
  const { message, cause, code } = error as Error & { readonly code?: string };
  const reason = [message, ...(cause instanceof Error ? [cause.message] : [])].join(': ');
  // fetch rejects with a TypeError without a code if it does not reach the server.
  const isUnreachable = error instanceof TypeError && code === undefined;
  return new ProviderFailure(isUnreachable ? 'unavailable' : (KINDS[code ?? ''] ?? 'invalid'), reason);
}
