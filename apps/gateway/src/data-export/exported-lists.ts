import { type DescMessage, type MessageShape, toJson } from '@bufbuild/protobuf';
import { Injectable } from '@nestjs/common';
import { type Client, InjectClient } from '@reputable/auth';
import {
  AllowedApplicationSchema,
  AuthService,
  LinkedLogInSchema,
  PersonalAccessTokenSchema,
  SecurityEventSchema,
  SessionSchema,
} from '@reputable/contracts/auth/v1/auth';
import { CommentSchema, CommentService, CommentVoteSchema } from '@reputable/contracts/comment/v1/comment';
import { PostSchema, PostService, PostVoteSchema } from '@reputable/contracts/post/v1/post';
import { ReputationEventSchema, UserService } from '@reputable/contracts/user/v1/user';

/** The most rows of a page of posts, which can have 120 KB each. */
const POSTS = 20;

/** A page of a list: the one after this token, or the first one if it is empty. */
export interface Page {
  readonly pageSize: number;
  readonly pageToken: string;
}

/** The rows of a page. */
export interface Rows {
  /** Each as JSON. */
  readonly rows: readonly string[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
}

type Fetch = (page: Page, userId: string) => Promise<Rows>;

/** A list by its name in the document. */
export type ExportedList = readonly [name: string, fetch: Fetch];

/** The message of the contract in the JSON format of protobuf, with all fields. */
export const jsonOf = <S extends DescMessage>(schema: S, message: MessageShape<S>): string =>
  JSON.stringify(toJson(schema, message, { alwaysEmitImplicit: true }));

const pageOf = <S extends DescMessage>(schema: S, messages: readonly MessageShape<S>[], nextPageToken = ''): Rows => ({
  rows: messages.map((message) => jsonOf(schema, message)),
  nextPageToken,
});

/** The lists of an export, which the services return page by page for the user of the call. No message has a secret or a hash of one. */
@Injectable()
export class ExportedLists {
  constructor(
    @InjectClient(AuthService) readonly auth: Client<typeof AuthService>,
    @InjectClient(UserService) readonly users: Client<typeof UserService>,
    @InjectClient(PostService) readonly posts: Client<typeof PostService>,
    @InjectClient(CommentService) readonly comments: Client<typeof CommentService>,
  ) {}

  /** In the order of the document. */
  readonly all: readonly ExportedList[] = Object.entries<Fetch>({
    sessions: async (page) => {
      const { sessions, nextPageToken } = await this.auth.listSessions({ ...page, includeEnded: true });
      return pageOf(SessionSchema, sessions, nextPageToken);
    },
    personalAccessTokens: async (page) => {
      const { personalAccessTokens, nextPageToken } = await this.auth.listPersonalAccessTokens(page);
      return pageOf(PersonalAccessTokenSchema, personalAccessTokens, nextPageToken);
    },
    applications: async (page) => {
      const { applications, nextPageToken } = await this.auth.listAllowedApplications(page);
      return pageOf(AllowedApplicationSchema, applications, nextPageToken);
    },
    linkedLogIns: async () => pageOf(LinkedLogInSchema, (await this.auth.listLinkedLogIns({})).linkedLogIns),
    securityEvents: async (page) => {
      const { events, nextPageToken } = await this.auth.listSecurityEvents(page);
      return pageOf(SecurityEventSchema, events, nextPageToken);
    },
    posts: async ({ pageSize, pageToken }, authorId) => {
      const { posts, nextPageToken } = await this.posts.listPosts({ pageSize: Math.min(pageSize, POSTS), pageToken, authorId });
      return pageOf(PostSchema, posts, nextPageToken);
    },
    postVotes: async (page) => {
      const { votes, nextPageToken } = await this.posts.listOwnVotes(page);
      return pageOf(PostVoteSchema, votes, nextPageToken);
    },
    comments: async (page) => {
      const { comments, nextPageToken } = await this.comments.listOwnComments(page);
      return pageOf(CommentSchema, comments, nextPageToken);
    },
    commentVotes: async (page) => {
      const { votes, nextPageToken } = await this.comments.listOwnCommentVotes(page);
      return pageOf(CommentVoteSchema, votes, nextPageToken);
    },
    reputationEvents: async (page) => {
      const { events, nextPageToken } = await this.users.listReputationEvents(page);
      return pageOf(ReputationEventSchema, events, nextPageToken);
    },
  });
}
