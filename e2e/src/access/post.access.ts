import { PostService } from '@reputable/contracts/post/v1/post';
import { aUser } from '@reputable/testing';
import { randomUUID } from 'node:crypto';
import type { Makers } from '../access-table.ts';
import type { Subjects } from '../subject.ts';

export const table = `
rpc           | nobody | member        | from  | MODERATOR  | ADMIN         | owner    | scope       | services
GetPost       | yes    | yes           | 1     | yes        | yes           | yes      | -           | comment
BatchGetPosts | yes    | yes           | 1     | yes        | yes           | yes      | -           | -
ListPosts     | yes    | yes           | 1     | yes        | yes           | yes      | -           | -
CreatePost    | token  | yes           | 1     | yes        | yes           | yes      | posts:write | -
UpdatePost    | token  | NOT_YOUR_POST | 2000  | yes        | NOT_YOUR_POST | yes      | posts:write | -
DeletePost    | token  | NOT_YOUR_POST | never | yes        | NOT_YOUR_POST | yes      | posts:write | -
UpvotePost    | token  | reputation    | 15    | reputation | reputation    | OWN_POST | votes:write | -
DownvotePost  | token  | reputation    | 125   | reputation | reputation    | OWN_POST | votes:write | -
RetractVote   | token  | yes           | 1     | yes        | yes           | yes      | votes:write | -
ListOwnVotes  | token  | yes           | 1     | yes        | yes           | yes      | account     | -
AnonymizePosts | -     | -             | never | -          | -             | -        | -           | auth
`;

export const makers = (given: Subjects): Makers => ({
  GetPost: () => aPost(given, (id) => ({ id })),
  BatchGetPosts: () => aPost(given, (id) => ({ ids: [id] })),
  ListPosts: () => ({ request: {} }),
  CreatePost: () => ({ request: { title: 'A title', body: 'A body' } }),
  UpdatePost: () => aPost(given, (id) => ({ id, title: 'Another title' })),
  DeletePost: () => aPost(given, (id) => ({ id })),
  UpvotePost: () => aPost(given, (id) => ({ id })),
  DownvotePost: () => aPost(given, (id) => ({ id })),
  RetractVote: () => aPost(given, (id) => ({ id })),
  ListOwnVotes: () => ({ request: {} }),
  AnonymizePosts: () => ({ request: { userId: randomUUID() } }),
});

/** A new post and a request for it. */
export async function aPost<R extends object>(given: Subjects, request: (id: string) => R) {
  const author = await given.withProfile(aUser());
  const { post } = await (await given.as(PostService, author)).createPost({ title: 'A title', body: 'A body' });
  return { request: request(post?.id ?? ''), owner: author.id };
}
