import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { type User, UserSchema } from './gen/reputable/user/v1/user_pb.ts';

/** A placeholder for an author without a profile: the account was deleted. */
export const deletedUser = (id: string): User =>
  create(UserSchema, { id, displayName: 'deleted user', reputation: 1, createdAt: timestampFromMs(0) });
