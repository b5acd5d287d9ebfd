import { Role, UserSchema } from '@reputable/contracts/user/v1/user';
import { field, readMask } from '@reputable/request';
import { z } from 'zod';

const displayName = () => field.line(2, 50);

const role = () =>
  z
    .enum(Role)
    .refine((value) => value !== Role.UNSPECIFIED, { error: 'Must be ROLE_MODERATOR or ROLE_ADMIN.' })
    .transform((value) => Role[value]);

export const GetUser = z.object({ id: field.id() });
export const BatchGetUsers = z.object({
  ids: z.array(field.id()).max(2_000, { error: 'Must be 2,000 ids at most.' }),
  readMask: readMask(UserSchema),
});
export const ListUsers = z.object({ pageSize: field.pageSize(), pageToken: field.pageToken() });
export const UpdateProfile = z.object({ displayName: displayName() });
export const ChangeRole = z.object({ userId: field.id(), role: role(), address: field.clientAddress() });
export const SuspendUser = z.object({ userId: field.id(), reason: field.text(1, 500), address: field.clientAddress() });
export const ReinstateUser = z.object({ userId: field.id(), address: field.clientAddress() });
export const CreateProfile = z.object({ userId: field.id(), displayName: displayName() });
export const ReleaseRoles = z.object({ userId: field.id(), address: field.clientAddress() });
export const DeleteProfile = z.object({ userId: field.id() });
export const GetClaims = z.object({ userId: field.id() });
