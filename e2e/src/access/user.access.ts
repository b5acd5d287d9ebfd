import { timestampNow } from '@bufbuild/protobuf/wkt';
import { ReputationKind, Role, UserService } from '@reputable/contracts/user/v1/user';
import { aUser } from '@reputable/testing';
import { randomUUID } from 'node:crypto';
import type { Makers } from '../access-table.ts';
import type { Subjects } from '../subject.ts';

export const table = `
rpc                             | nobody | member          | from  | MODERATOR         | ADMIN           | owner | scope         | services
GetUser                         | yes    | yes             | 1     | yes               | yes             | yes   | -             | post
BatchGetUsers                   | yes    | yes             | 1     | yes               | yes             | yes   | -             | -
ListUsers                       | yes    | yes             | 1     | yes               | yes             | yes   | -             | -
UpdateProfile                   | token  | yes             | 1     | yes               | yes             | yes   | profile:write | -
GrantRole                       | token  | role            | never | role              | yes             | role  | moderation    | -
RevokeRole                      | token  | role            | never | role              | yes             | role  | moderation    | -
SuspendUser                     | token  | role            | never | yes               | yes             | role  | moderation    | -
SuspendUser (an admin)          | token  | role            | never | USER_OUTRANKS_YOU | yes             | role  | moderation    | -
ReinstateUser                   | token  | role            | never | role              | yes             | role  | moderation    | -
CreateProfile                   | -      | -               | never | -                 | -               | -     | -             | auth
GetClaims                       | -      | -               | never | -                 | -               | -     | -             | auth
ReleaseRoles                    | -      | -               | never | -                 | -               | -     | -             | auth
DeleteProfile                   | -      | -               | never | -                 | -               | -     | -             | auth
ApplyReputation (for a post)    | -      | -               | never | -                 | -               | -     | -             | post, comment: KIND_NOT_YOURS
ApplyReputation (for a comment) | -      | -               | never | -                 | -               | -     | -             | post: KIND_NOT_YOURS, comment
ListReputationEvents            | token  | NOT_YOUR_EVENTS | never | yes               | NOT_YOUR_EVENTS | yes   | profile:read  | -
`;

export const makers = (given: Subjects): Makers => ({
  GetUser: () => aProfile(given, (id) => ({ id })),
  BatchGetUsers: () => aProfile(given, (id) => ({ ids: [id] })),
  ListUsers: () => ({ request: {} }),
  UpdateProfile: () => ({ request: { displayName: 'Another name' } }),
  GrantRole: () => aProfile(given, (userId) => ({ userId, role: Role.MODERATOR })),
  RevokeRole: () => aProfile(given, (userId) => ({ userId, role: Role.MODERATOR })),
  SuspendUser: () => aProfile(given, (userId) => ({ userId, reason: 'Spam.' })),
  'SuspendUser (an admin)': async () => {
    const subject = await aProfile(given, (userId) => ({ userId, reason: 'Spam.' }));
    await (await asAdmin(given)).grantRole({ userId: subject.owner, role: Role.ADMIN });
    return subject;
  },
  ReinstateUser: () => aProfile(given, (userId) => ({ userId })),
  CreateProfile: () => aProfile(given, (userId) => ({ userId, displayName: 'Somebody' })),
  GetClaims: () => aProfile(given, (userId) => ({ userId })),
  ReleaseRoles: () => aProfile(given, (userId) => ({ userId })),
  DeleteProfile: () => aProfile(given, (userId) => ({ userId })),
  'ApplyReputation (for a post)': () => aProfile(given, (userId) => happened(userId, ReputationKind.POST_UPVOTED)),
  'ApplyReputation (for a comment)': () => aProfile(given, (userId) => happened(userId, ReputationKind.COMMENT_UPVOTED)),
  ListReputationEvents: () => aProfile(given, (userId) => ({ userId })),
});

/** A client of the user service as an admin. */
export const asAdmin = (given: Subjects) => given.as(UserService, ADMIN);

const ADMIN = aUser({ roles: ['ADMIN'] });

async function aProfile<R extends object>(given: Subjects, request: (id: string) => R) {
  const { id } = await given.withProfile(aUser());
  return { request: request(id), owner: id };
}

const happened = (userId: string, kind: ReputationKind) => ({
  events: [{ id: randomUUID(), userId, kind, subjectId: randomUUID(), occurredAt: timestampNow() }],
});
