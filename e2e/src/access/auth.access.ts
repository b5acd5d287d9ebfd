import { AuthService, RevocationCause } from '@reputable/contracts/auth/v1/auth';
import { randomUUID } from 'node:crypto';
import type { Makers } from '../access-table.ts';
import type { Subjects } from '../subject.ts';

export const table = `
rpc              | nobody | member            | from  | MODERATOR         | ADMIN             | owner | services
Register         | yes    | yes               | 1     | yes               | yes               | yes   | -
LogIn            | yes    | yes               | 1     | yes               | yes               | yes   | -
Refresh          | yes    | yes               | 1     | yes               | yes               | yes   | -
LogOut           | token  | yes               | 1     | yes               | yes               | yes   | -
ListSessions     | token  | yes               | 1     | yes               | yes               | yes   | -
EndSession       | token  | SESSION_NOT_FOUND | never | SESSION_NOT_FOUND | SESSION_NOT_FOUND | yes   | -
EndOtherSessions | token  | yes               | 1     | yes               | yes               | yes   | -
RevokeUser       | -      | -                 | never | -                 | -                 | -     | user
WatchRevocations | yes    | yes               | 1     | yes               | yes               | yes   | every other
`;

export const makers = (given: Subjects): Makers => ({
  Register: () => ({ request: newcomer() }),
  LogIn: async () => {
    const { email, password } = (await anAccount(given)).credentials;
    return { request: { email, password } };
  },
  Refresh: async () => ({ request: { refreshToken: (await anAccount(given)).refreshToken } }),
  LogOut: () => ({ request: {} }),
  ListSessions: () => ({ request: {} }),
  EndSession: async () => {
    const { owner, session } = await anAccount(given);
    return { request: { id: session }, owner };
  },
  EndOtherSessions: () => ({ request: {} }),
  RevokeUser: () => ({ request: { id: randomUUID(), userId: randomUUID(), cause: RevocationCause.SUSPENDED } }),
  WatchRevocations: () => ({ request: {} }),
});

async function anAccount(given: Subjects) {
  const credentials = newcomer();
  const { tokens } = await (await given.as(AuthService)).register(credentials);
  const { userId: owner = '', refreshToken, accessToken } = tokens ?? {};
  const { sid } = JSON.parse(Buffer.from(accessToken?.split('.')[1] ?? '', 'base64url').toString()) as { sid: string };
  return { credentials, owner, refreshToken, session: sid };
}

const newcomer = () => ({ email: `${randomUUID()}@example.com`, password: 'correct horse battery staple', displayName: 'Somebody' });
