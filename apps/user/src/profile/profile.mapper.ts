import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { Role, type UserSchema } from '@reputable/contracts/user/v1/user';
import { type Profile, reputationOf } from './profile.entity.ts';

/** Maps a profile to the contract's User. */
export const toMessage = (profile: Profile): MessageInitShape<typeof UserSchema> => ({
  id: profile.id,
  displayName: profile.displayName,
  reputation: reputationOf(profile),
  roles: profile.roles.map((role) => Role[role as keyof typeof Role]),
  createdAt: timestampFromDate(profile.createdAt),
  suspended: profile.suspendedAt !== null,
});
