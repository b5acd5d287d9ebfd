import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { Revocation } from '@reputable/auth';
import type { RevocationSchema } from '@reputable/contracts/auth/v1/auth';

/** A revocation as the contract's Revocation. */
export const toMessage = ({
  subject,
  id,
  issuedBefore,
  expiresAt,
  createdAt,
  number = 0,
}: Revocation): MessageInitShape<typeof RevocationSchema> => ({
  subject: { case: subject === 'session' ? 'sessionId' : 'userId', value: id },
  issuedBefore: timestampFromMs(issuedBefore),
  expiresAt: timestampFromMs(expiresAt),
  ...(createdAt !== undefined && { createdAt: timestampFromMs(createdAt) }),
  number: BigInt(number),
});
