import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { LinkedLogInSchema } from '@reputable/contracts/auth/v1/auth';
import type { ProviderSettings } from '../outside-provider/providers.field.ts';
import type { LinkedLogIn } from './linked-log-in.entity.ts';

/** Maps a linked log-in to the contract's LinkedLogIn. @param provider its provider, unless it is not in the settings any more */
export const toMessage = (
  { id, issuer, email, createdAt, lastUsedAt }: LinkedLogIn,
  provider: ProviderSettings | undefined,
): MessageInitShape<typeof LinkedLogInSchema> => ({
  id,
  provider: provider?.id ?? '',
  label: provider?.label ?? issuer,
  email: email ?? '',
  createdAt: timestampFromDate(createdAt),
  ...(lastUsedAt && { lastUsedAt: timestampFromDate(lastUsedAt) }),
});
