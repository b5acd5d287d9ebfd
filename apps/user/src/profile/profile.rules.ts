import type { AuthenticatedUser } from '@reputable/auth';
import type { Profile } from './profile.entity.ts';

/** Moderators suspend members and each other; admins suspend anyone. */
export const maySuspend = (user: AuthenticatedUser, profile: Pick<Profile, 'roles'>) =>
  user.has('ADMIN') || !profile.roles.includes('ADMIN');
