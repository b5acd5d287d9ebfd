import { type Answer, type DemoAccount, distinguish, GraphQLClient, type Refusal, type System } from '@reputable/dev';
import { randomUUID } from 'node:crypto';

interface Session {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly user: { readonly id: string };
}
const SESSION = '{ accessToken refreshToken user { id } }';

/** Why the gateway refused, in the shape that `denied` looks for. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly code: string;
  readonly reason: string;
  readonly metadata: Readonly<Record<string, string>>;

  constructor({ message, extensions }: Refusal) {
    super(message);
    this.code = extensions.code;
    this.reason = extensions.reason;
    this.metadata = extensions.metadata;
  }
}

/** Somebody who uses the public API. What they are refused rejects with a {@link Refused}. */
export class Person {
  private constructor(
    readonly api: GraphQLClient,
    readonly credentials: { readonly email: string; password: string },
    public session: Session,
  ) {}

  /** Somebody who has just registered, and is given a past if they must have one. */
  static async join(system: System, displayName: string, { upvotes = 0, roles = [] }: Past = {}): Promise<Person> {
    const api = new GraphQLClient(system.urls.graphql);
    const credentials = { email: `${randomUUID()}@example.com`, password: 'correct horse battery staple' };
    const query = `mutation ($input: RegisterInput!) { register(input: $input) ${SESSION} }`;
    const { register } = answered(await api.send<{ register: Session }>(query, { input: { ...credentials, displayName } }));
    const person = new Person(api, credentials, register);
    if (upvotes === 0 && roles.length === 0) return person;
    const events: DemoAccount['events'] = Array.from({ length: upvotes }, () => ['POST_UPVOTED', 10]);
    // Nobody has used the token yet: who exchanges it first will be told of all this.
    await distinguish(system.databaseUrl('user'), person.id, { roles, events });
    return person;
  }

  get id(): string {
    return this.session.user.id;
  }

  get token(): string {
    return this.session.accessToken;
  }

  /** Any query, with the access token of now. */
  async ask<T>(query: string, variables: object = {}): Promise<T> {
    return answered(await this.api.send<T>(query, variables, this.token));
  }

  async logIn(): Promise<void> {
    const query = `mutation ($input: LogInInput!) { logIn(input: $input) ${SESSION} }`;
    this.session = answered(await this.api.send<{ logIn: Session }>(query, { input: this.credentials })).logIn;
  }

  async refresh(): Promise<void> {
    const query = `mutation ($token: String!) { refresh(refreshToken: $token) ${SESSION} }`;
    this.session = answered(await this.api.send<{ refresh: Session }>(query, { token: this.session.refreshToken })).refresh;
  }

  /** @returns how many other sessions that has ended */
  async changePassword(newPassword: string): Promise<number> {
    const query = 'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) }';
    const input = { currentPassword: this.credentials.password, newPassword };
    const { changePassword } = await this.ask<{ changePassword: number }>(query, { input });
    this.credentials.password = newPassword;
    return changePassword;
  }

  async me(): Promise<{ id: string; reputation: number; roles: string[] }> {
    return (await this.ask<{ me: { id: string; reputation: number; roles: string[] } }>('{ me { id reputation roles } }')).me;
  }

  /** @returns the id of the post */
  async write(title: string): Promise<string> {
    const query = 'mutation ($input: CreatePostInput!) { createPost(input: $input) { id } }';
    return (await this.ask<{ createPost: { id: string } }>(query, { input: { title, body: 'A body' } })).createPost.id;
  }

  /** @returns the id of the comment */
  async comment(postId: string, body: string): Promise<string> {
    const query = 'mutation ($input: CreateCommentInput!) { createComment(input: $input) { id } }';
    return (await this.ask<{ createComment: { id: string } }>(query, { input: { postId, body } })).createComment.id;
  }

  /** @returns the post's score */
  async upvote(id: string): Promise<number> {
    return (await this.ask<{ upvotePost: { score: number } }>('mutation ($id: ID!) { upvotePost(id: $id) { score } }', { id })).upvotePost
      .score;
  }

  /** @returns the comment's score */
  async upvoteComment(id: string): Promise<number> {
    const query = 'mutation ($id: ID!) { upvoteComment(id: $id) { score } }';
    return (await this.ask<{ upvoteComment: { score: number } }>(query, { id })).upvoteComment.score;
  }
}

/** What somebody is known for from the start. */
interface Past {
  readonly upvotes?: number;
  readonly roles?: readonly string[];
}

function answered<T>({ data, errors }: Answer<T>): T {
  if (errors?.[0]) throw new Refused(errors[0]);
  return data as T;
}
