import type { Caller } from '@reputable/auth';
import type { Profile } from './profile.entity.ts';

/** Moderators suspend members and each other; admins suspend anybody. */
export const maySuspend = (caller: Caller, profile: Pick<Profile, 'roles'>) => caller.has('ADMIN') || !profile.roles.includes('ADMIN');
