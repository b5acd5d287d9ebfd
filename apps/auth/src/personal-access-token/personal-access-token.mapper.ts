import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { PersonalAccessTokenSchema } from '@reputable/contracts/auth/v1/auth';
import type { PersonalAccessToken } from './personal-access-token.entity.ts';

/** Maps a token to the contract's PersonalAccessToken. */
export function toMessage({ id, scope, session }: PersonalAccessToken): MessageInitShape<typeof PersonalAccessTokenSchema> {
  const { device: name, createdAt, lastUsedAt, expiresAt } = session;
  return {
    id,
    name,
    scopes: scope.split(' '),
    createdAt: timestampFromDate(createdAt),
    expiresAt: timestampFromDate(expiresAt),
    ...(lastUsedAt > createdAt && { lastUsedAt: timestampFromDate(lastUsedAt) }),
  };
}
