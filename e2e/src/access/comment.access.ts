import { CommentService } from '@reputable/contracts/comment/v1/comment';
import { aUser } from '@reputable/testing';
import { randomUUID } from 'node:crypto';
import type { Makers } from '../access-table.ts';
import type { Subjects } from '../subject.ts';
import { aPost } from './post.access.ts';
import { asAdmin } from './user.access.ts';

export const table = `
rpc                            | nobody | member           | from  | MODERATOR        | ADMIN            | owner            | scope          | services
ListComments                   | yes    | yes              | 1     | yes              | yes              | yes              | -              | -
BatchListComments              | yes    | yes              | 1     | yes              | yes              | yes              | -              | -
CreateComment                  | token  | reputation       | 50    | reputation       | reputation       | yes              | comments:write | -
CreateComment (on a suspended) | token  | AUTHOR_SUSPENDED | never | AUTHOR_SUSPENDED | AUTHOR_SUSPENDED | AUTHOR_SUSPENDED | comments:write | -
UpdateComment                  | token  | NOT_YOUR_COMMENT | never | NOT_YOUR_COMMENT | NOT_YOUR_COMMENT | yes              | comments:write | -
DeleteComment                  | token  | NOT_YOUR_COMMENT | never | yes              | NOT_YOUR_COMMENT | yes              | comments:write | -
UpvoteComment                  | token  | reputation       | 15    | reputation       | reputation       | OWN_COMMENT      | votes:write    | -
RetractCommentVote             | token  | yes              | 1     | yes              | yes              | yes              | votes:write    | -
ListOwnComments                | token  | yes              | 1     | yes              | yes              | yes              | account        | -
ListOwnCommentVotes            | token  | yes              | 1     | yes              | yes              | yes              | account        | -
AnonymizeComments              | -      | -                | never | -                | -                | -                | -              | auth
DeleteCommentsOfPosts          | -      | -                | never | -                | -                | -                | -              | post
`;

export const makers = (given: Subjects): Makers => ({
  ListComments: () => aPost(given, (postId) => ({ postId })),
  BatchListComments: () => aPost(given, (id) => ({ postIds: [id] })),
  CreateComment: () => aPost(given, (postId) => ({ postId, body: 'A comment' })),
  'CreateComment (on a suspended)': async () => {
    const subject = await aPost(given, (postId) => ({ postId, body: 'A comment' }));
    await (await asAdmin(given)).suspendUser({ userId: subject.owner, reason: 'Spam.' });
    return subject;
  },
  UpdateComment: () => aComment(given, (id) => ({ id, body: 'Another text' })),
  DeleteComment: () => aComment(given, (id) => ({ id })),
  UpvoteComment: () => aComment(given, (id) => ({ id })),
  RetractCommentVote: () => aComment(given, (id) => ({ id })),
  ListOwnComments: () => ({ request: {} }),
  ListOwnCommentVotes: () => ({ request: {} }),
  AnonymizeComments: () => ({ request: { userId: randomUUID() } }),
  DeleteCommentsOfPosts: () => aPost(given, (id) => ({ postIds: [id] })),
});

async function aComment<R extends object>(given: Subjects, request: (id: string) => R) {
  const author = await given.withProfile(aUser({ reputation: 50 }));
  const { request: comment } = await aPost(given, (postId) => ({ postId, body: 'A comment' }));
  const { comment: made } = await (await given.as(CommentService, author)).createComment(comment);
  return { request: request(made?.id ?? ''), owner: author.id };
}
