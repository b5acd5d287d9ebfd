import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { GraphQLClient, Refused } from './graphql.ts';
import { distinguish, type Past } from './past.ts';
import type { System } from './system.ts';

interface Session {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly user: { readonly id: string; readonly reputation: number };
}
const SESSION = '{ accessToken refreshToken user { id reputation } }';

interface Me {
  readonly id: string;
  readonly displayName: string;
  readonly reputation: number;
  readonly roles: readonly string[];
}

/** The pause before another attempt if too many others register at the same time, in milliseconds. */
const PAUSE_MS = 500;

/** A user of the public API, with an account and a session. Whatever the gateway refuses rejects with a {@link Refused}. */
export class Person {
  readonly credentials: { readonly email: string; password: string };
  #session: Session | undefined;

  constructor(
    readonly api: GraphQLClient,
    readonly displayName: string,
    { email = `${randomUUID()}@example.com`, password = 'correct horse battery staple' } = {},
  ) {
    this.credentials = { email, password };
  }

  /** A new user with reputation for some upvotes, and with roles. */
  static async join(
    system: Pick<System, 'urls' | 'databaseUrl'>,
    displayName: string,
    { upvotes = 0, roles = [] }: { readonly upvotes?: number; readonly roles?: Past['roles'] } = {},
  ): Promise<Person> {
    const person = new Person(new GraphQLClient(system.urls.graphql), displayName);
    await person.#registerInTurn();
    // The token is unused so far: its first exchange includes all of this.
    if (upvotes > 0 || roles.length > 0) await distinguish(system.databaseUrl('user'), person.id, { roles, events: upvotesOf(upvotes) });
    return person;
  }

  get session(): Session {
    if (!this.#session) throw new Error(`${this.displayName} has no session.`);
    return this.#session;
  }

  set session(session: Session) {
    this.#session = session;
  }

  get id(): string {
    return this.session.user.id;
  }

  get token(): string {
    return this.session.accessToken;
  }

  async register(): Promise<Session['user']> {
    const query = `mutation ($input: RegisterInput!) { register(input: $input) ${SESSION} }`;
    const input = { ...this.credentials, displayName: this.displayName };
    return this.#enter((await this.api.ask<{ register: Session }>(query, { input })).register);
  }

  /** Registers. Tries again while a busy machine refuses because too many others register. */
  async #registerInTurn(triesLeft = 20): Promise<void> {
    try {
      await this.register();
    } catch (error) {
      if (triesLeft === 0 || !(error instanceof Refused && error.reason === 'TOO_BUSY')) throw error;
      await setTimeout(PAUSE_MS);
      await this.#registerInTurn(triesLeft - 1);
    }
  }

  async logIn(): Promise<Session['user']> {
    const query = `mutation ($input: LogInInput!) { logIn(input: $input) ${SESSION} }`;
    return this.#enter((await this.api.ask<{ logIn: Session }>(query, { input: this.credentials })).logIn);
  }

  async registerOrLogIn(): Promise<Session['user']> {
    return this.register().catch((error: unknown) => {
      if (error instanceof Refused && error.code === 'ALREADY_EXISTS') return this.logIn();
      throw error;
    });
  }

  async refresh(): Promise<Session['user']> {
    const query = `mutation ($token: String!) { refresh(refreshToken: $token) ${SESSION} }`;
    return this.#enter((await this.api.ask<{ refresh: Session }>(query, { token: this.session.refreshToken })).refresh);
  }

  /** Sends a query with the access token. */
  ask<T>(query: string, variables: object = {}): Promise<T> {
    return this.api.ask<T>(query, variables, this.token);
  }

  /** @returns the number of other sessions that this ended */
  async changePassword(newPassword: string): Promise<number> {
    const query = 'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) }';
    const input = { currentPassword: this.credentials.password, newPassword };
    const { changePassword } = await this.ask<{ changePassword: number }>(query, { input });
    this.credentials.password = newPassword;
    return changePassword;
  }

  /** The user of a token: of this person's own, unless given. */
  async me(token = this.token): Promise<Me> {
    return (await this.api.ask<{ me: Me }>('{ me { id displayName reputation roles } }', {}, token)).me;
  }

  /** Creates a personal access token. */
  async createToken(name: string, ...scopes: string[]): Promise<{ readonly id: string; readonly token: string }> {
    const query =
      'mutation ($input: CreatePersonalAccessTokenInput!) { created: createPersonalAccessToken(input: $input) { token personalAccessToken { id } } }';
    const { created } = await this.ask<{ created: { token: string; personalAccessToken: { id: string } } }>(query, {
      input: { name, scopes },
    });
    return { id: created.personalAccessToken.id, token: created.token };
  }

  /** @returns the id of the post */
  async write(title: string, body = 'A body'): Promise<string> {
    const query = 'mutation ($input: CreatePostInput!) { createPost(input: $input) { id } }';
    return (await this.ask<{ createPost: { id: string } }>(query, { input: { title, body } })).createPost.id;
  }

  /** @returns the id of the comment */
  async comment(postId: string, body: string): Promise<string> {
    const query = 'mutation ($input: CreateCommentInput!) { createComment(input: $input) { id } }';
    return (await this.ask<{ createComment: { id: string } }>(query, { input: { postId, body } })).createComment.id;
  }

  /** @returns the post's score */
  async upvote(id: string): Promise<number> {
    const query = 'mutation ($id: ID!) { upvotePost(id: $id) { score } }';
    return (await this.ask<{ upvotePost: { score: number } }>(query, { id })).upvotePost.score;
  }

  /** @returns the comment's score */
  async upvoteComment(id: string): Promise<number> {
    const query = 'mutation ($id: ID!) { upvoteComment(id: $id) { score } }';
    return (await this.ask<{ upvoteComment: { score: number } }>(query, { id })).upvoteComment.score;
  }

  #enter(session: Session): Session['user'] {
    this.#session = session;
    return session.user;
  }
}

/** The events of some upvotes. */
export const upvotesOf = (count: number): Past['events'] => Array.from({ length: count }, () => ['POST_UPVOTED', 10] as const);
