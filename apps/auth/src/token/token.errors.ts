import { type Reason, ReasonSchema } from '@reputable/contracts/auth/v1/reason';
import { Code, errorsOf } from '@reputable/errors';

const error = errorsOf<keyof typeof Reason>(ReasonSchema);

/** The refresh token is unknown or expired, or its session has ended. */
export const refreshTokenInvalid = () =>
  error(Code.UNAUTHENTICATED, 'REFRESH_TOKEN_INVALID', 'The session is over, or this is no refresh token. Log in again.');

/** No API client has this id and secret. */
export const clientCredentialsInvalid = () =>
  error(Code.UNAUTHENTICATED, 'CLIENT_CREDENTIALS_INVALID', 'The client id or the client secret is wrong, or this client has users.');

/** The refresh token was used before. */
export const refreshTokenReused = () =>
  error(
    Code.UNAUTHENTICATED,
    'REFRESH_TOKEN_REUSED',
    'This refresh token was used before, so somebody may have a copy of it. The session has been ended. Log in again.',
  );
