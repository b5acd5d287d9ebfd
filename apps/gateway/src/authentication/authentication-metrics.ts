import { TokenRefusal } from '@reputable/auth';
import { DomainError } from '@reputable/errors';
import { instruments } from '@reputable/tracing';

const authentications = instruments((meter) =>
  meter.createCounter('reputable.authentications', {
    unit: '{request}',
    description: 'Authenticated requests, and refused ones by reason',
  }),
);

/**
 * Counts the authentication of a request.
 *
 * @param kind the kind of the credential, `none` without one
 * @param failure the error of a refused request
 */
export function countAuthentication(kind: string, failure?: unknown): void {
  authentications()?.add(1, {
    'reputable.token.kind': kind,
    'reputable.decision': failure === undefined ? 'allow' : 'refuse',
    ...(failure !== undefined && { 'reputable.reason': reasonOf(failure) }),
  });
}

function reasonOf(failure: unknown): string {
  const error = failure instanceof TokenRefusal ? failure.error : failure;
  return error instanceof DomainError ? error.reason : '_OTHER';
}
