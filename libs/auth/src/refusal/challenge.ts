import type { DomainError } from '@reputable/errors';
import { httpStatus } from './http-status.ts';

/** The headers of a refused request: the challenge for a bearer token (RFC 6750 §3), if a token or another one would help. */
export function challengeOf(error: DomainError): Record<string, string> {
  const challenge = parametersOf(error);
  return challenge === undefined ? {} : { 'www-authenticate': `Bearer${challenge}` };
}

function parametersOf(error: DomainError): string | undefined {
  const { reason, message, metadata } = error;
  // A request without a token gets no error code (RFC 6750 §3.1).
  if (reason === 'TOKEN_MISSING') return '';
  if (httpStatus(error) === 401) return ` error="invalid_token", error_description="${quotable(message)}"`;
  return reason === 'SCOPE_MISSING' ? ` error="insufficient_scope", scope="${quotable(metadata.required ?? '')}"` : undefined;
}

/** Without the characters that a quoted value must not have. */
const quotable = (text: string) => text.replaceAll(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '');
