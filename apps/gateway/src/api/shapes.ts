import { z } from 'zod';

const id = () => z.uuid();
const time = (description: string) => z.iso.datetime().describe(description);
const text = (description: string) => z.string().describe(description);

/** The parameters of every list. */
export const Page = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).optional().describe('1 to 100. Default: 20.'),
  cursor: z.string().optional().describe('From the link `next` of the page before.'),
});

/** The path of one row. */
export const Id = z.object({ id: z.string().describe('A UUID.') });

/** An answer with a page of rows. */
export const listOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item) });

export const Author = z.object({ id: id(), displayName: z.string(), reputation: z.int() }).meta({ id: 'Author' });

export const Me = z
  .object({
    id: id(),
    displayName: z.string(),
    reputation: z.int(),
    roles: z.array(z.enum(['MODERATOR', 'ADMIN'])),
    createdAt: time('When the user registered.'),
  })
  .meta({ id: 'Me' });

export const ProfileChange = z.strictObject({ displayName: text('One line of 2 to 50 characters.') }).meta({ id: 'ProfileChange' });

export const AccountDeletion = z
  .strictObject({ currentPassword: text('Required if the account has one. Otherwise, log in within the last five minutes.').optional() })
  .meta({
    id: 'AccountDeletion',
    description: 'Your tokens are revoked immediately. Your posts, comments and votes stay, without your name.',
  });

export const DataExportRequest = z
  .strictObject({ currentPassword: text('Required if the account has one. Otherwise, log in within the last five minutes.').optional() })
  .meta({ id: 'DataExportRequest' });

const message = (name: string) => z.record(z.string(), z.unknown()).describe(`\`${name}\` of the contract.`);
const messages = (name: string, about: string) => z.array(message(name)).describe(about);

export const ExportedData = z
  .object({
    exportedAt: time('When the export began.'),
    profile: message('User'),
    account: message('Account'),
    sessions: messages('Session', 'Your sessions that are stored, also ended ones.'),
    personalAccessTokens: messages('PersonalAccessToken', 'Your valid tokens, without the tokens themselves.'),
    applications: messages('AllowedApplication', 'The applications that you have allowed.'),
    linkedLogIns: messages('LinkedLogIn', 'Your log-ins with outside providers.'),
    securityEvents: messages('SecurityEvent', 'The audit log about you.'),
    posts: messages('Post', 'Your posts.'),
    postVotes: messages('PostVote', 'Your votes on posts.'),
    comments: messages('Comment', 'Your comments.'),
    commentVotes: messages('CommentVote', 'Your votes for comments.'),
    reputationEvents: messages('ReputationEvent', 'The events of your reputation.'),
  })
  .meta({ id: 'ExportedData', description: 'Messages of the gRPC contract in the JSON format of protobuf.' });

export const Vote = z.enum(['UP', 'DOWN']).meta({ id: 'Vote' });

export const Post = z
  .object({
    id: id(),
    title: z.string(),
    body: z.string(),
    score: z.int().describe('The sum of its votes.'),
    author: Author,
    myVote: Vote.nullable().describe('Your vote. Null if you have none or are not signed in.'),
    createdAt: time('When it was published.'),
    updatedAt: time('When its title or body last changed.'),
  })
  .meta({ id: 'Post' });

export const NewPost = z
  .strictObject({ title: text('One line of 1 to 300 characters.'), body: text('1 to 30,000 characters.') })
  .meta({ id: 'NewPost' });

export const PostChange = NewPost.partial().meta({ id: 'PostChange', description: 'Absent fields stay unchanged.' });

export const NewVote = z.strictObject({ vote: Vote }).meta({ id: 'NewVote' });

export const ListPosts = Page.extend({ author: z.string().optional().describe('Only posts of the user with this id.') });

export const Comment = z
  .object({
    id: id(),
    postId: id(),
    body: z.string(),
    score: z.int().describe('The number of upvotes.'),
    author: Author,
    createdAt: time('When it was written.'),
    updatedAt: time('When its text last changed.'),
  })
  .meta({ id: 'Comment' });

export const CommentText = z.strictObject({ body: text('1 to 600 characters.') }).meta({ id: 'CommentText' });

export const Session = z
  .object({
    id: id(),
    device: text('The User-Agent of the client that logged in.'),
    client: text('The name of the client: ours, an application, or `Personal access token`.'),
    current: z.boolean().describe('Whether it is the session of this request.'),
    createdAt: time('When the user logged in.'),
    lastUsedAt: time('When it was last used.'),
  })
  .meta({ id: 'Session' });

export const PersonalAccessToken = z
  .object({
    id: id(),
    name: z.string(),
    scopes: z.array(z.string()),
    createdAt: time('When it was created.'),
    lastUsedAt: time('To the minute. Null if it was never used.').nullable(),
    expiresAt: time('When it expires.'),
  })
  .meta({ id: 'PersonalAccessToken' });

export const NewPersonalAccessToken = z
  .strictObject({
    name: text('One line of 1 to 100 characters.'),
    scopes: z
      .array(z.string())
      .describe('One or more: `posts:read`, `posts:write`, `votes:write`, `comments:write`, `profile:read`, `profile:write`.'),
    expiresInDays: z.int().min(1).max(366).optional().describe('1 to 366. Default: 90.'),
  })
  .meta({ id: 'NewPersonalAccessToken' });

export const CreatedPersonalAccessToken = PersonalAccessToken.extend({
  token: text('Send it in `Authorization: Bearer <token>`. This is the only answer with it.'),
}).meta({ id: 'CreatedPersonalAccessToken' });
