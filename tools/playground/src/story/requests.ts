import { randomUUID } from 'node:crypto';

/** The values that a request can name in its variables. */
export interface Ids {
  readonly post: string;
  readonly newcomer: string;
  readonly member: string;
}

/** A GraphQL request that the page offers. */
export interface StoryRequest {
  /** Its name in the API of the page. */
  readonly name: string;
  readonly label: string;
  /** The rule that decides, for the reader. */
  readonly rule: string;
  readonly query: string;
  readonly variables: (ids: Ids) => object;
}

/** The title of the demo post. An edit sets the same title, so that the page can be used again. */
const TITLE = 'Where does a service get its rules from?';

/** The requests of the page, in its order. */
export const REQUESTS: readonly StoryRequest[] = [
  {
    name: 'list',
    label: 'List posts',
    rule: 'Anyone may read.',
    query:
      'query Posts { posts(first: 3) { nodes { title score author { displayName } comments(first: 2) { nodes { body author { displayName } } } } } }',
    variables: () => ({}),
  },
  {
    name: 'vote',
    label: 'Vote for a post',
    rule: 'Needs 15 reputation, and somebody else’s post.',
    query: 'mutation Vote($id: ID!) { upvotePost(id: $id) { title score myVote } }',
    variables: ({ post }) => ({ id: post }),
  },
  {
    name: 'retract',
    label: 'Retract the vote',
    rule: 'For everybody who is logged in. Then vote again.',
    query: 'mutation Retract($id: ID!) { retractVote(id: $id) { title score myVote } }',
    variables: ({ post }) => ({ id: post }),
  },
  {
    name: 'comment',
    label: 'Comment on it',
    rule: 'Needs 50 reputation on somebody else’s post.',
    query: 'mutation Comment($input: CreateCommentInput!) { createComment(input: $input) { id body } }',
    variables: ({ post }) => ({
      input: { postId: post, body: 'Every service reads its rules from the contract.', idempotencyKey: randomUUID() },
    }),
  },
  {
    name: 'edit',
    label: 'Edit it',
    rule: 'For its author, moderators, and users with 2,000 reputation.',
    query: 'mutation Edit($id: ID!, $input: UpdatePostInput!) { updatePost(id: $id, input: $input) { id title } }',
    variables: ({ post }) => ({ id: post, input: { title: TITLE } }),
  },
  {
    name: 'suspend',
    label: 'Suspend Newcomer',
    rule: 'For moderators and admins. Revokes all tokens of the user.',
    query: 'mutation Suspend($id: ID!) { suspendUser(userId: $id, reason: "Tried on the playground.") { displayName } }',
    variables: ({ newcomer }) => ({ id: newcomer }),
  },
  {
    name: 'reinstate',
    label: 'Reinstate Newcomer',
    rule: 'For admins.',
    query: 'mutation Reinstate($id: ID!) { reinstateUser(userId: $id) { displayName } }',
    variables: ({ newcomer }) => ({ id: newcomer }),
  },
  {
    name: 'grant-role',
    label: 'Make Member a moderator',
    rule: 'For admins. Revokes the JWTs with the old roles.',
    query: 'mutation Grant($id: ID!) { grantRole(userId: $id, role: MODERATOR) { displayName roles } }',
    variables: ({ member }) => ({ id: member }),
  },
  {
    name: 'revoke-role',
    label: 'Take the role back',
    rule: 'For admins.',
    query: 'mutation Revoke($id: ID!) { revokeRole(userId: $id, role: MODERATOR) { displayName roles } }',
    variables: ({ member }) => ({ id: member }),
  },
];
