import { type Reason, ReasonSchema } from '@reputable/contracts/auth/v1/reason';
import { Code, errorsOf } from '@reputable/errors';

const error = errorsOf<keyof typeof Reason>(ReasonSchema);

/** The user has as many valid tokens as allowed. */
export const tooManyPersonalAccessTokens = (limit: number) =>
  error(
    Code.FAILED_PRECONDITION,
    'TOO_MANY_PERSONAL_ACCESS_TOKENS',
    `You have ${String(limit)} valid tokens, the most allowed. Revoke one first.`,
    {
      limit: String(limit),
    },
  );
