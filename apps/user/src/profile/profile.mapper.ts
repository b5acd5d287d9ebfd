import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { Role, type User, UserSchema } from '@reputable/contracts/user/v1/user';
import { allFields } from '@reputable/request';
import { type PublicProfile, reputationOf } from './profile.entity.ts';
import type { UserFields } from './profile.sql.ts';

/** All fields of a user. */
export const ALL: UserFields = allFields(UserSchema);

/** Maps these fields of a profile to the contract's User. */
export function toMessage(profile: PublicProfile, fields: UserFields = ALL): User {
  const message = create(UserSchema);
  if (fields.has('id')) message.id = profile.id;
  if (fields.has('displayName')) message.displayName = profile.displayName;
  if (fields.has('reputation')) message.reputation = reputationOf(profile);
  if (fields.has('roles')) message.roles = profile.roles.map((role) => Role[role as keyof typeof Role]);
  if (fields.has('createdAt')) message.createdAt = timestampFromMs(profile.createdAt);
  if (fields.has('suspended')) message.suspended = profile.suspended;
  return message;
}
