import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { createAccount } from './account.ts';
import { GraphQLClient, Refused } from './graphql.ts';
import { mailedLink } from './mailed-link.ts';
import { distinguish, type Past } from './past.ts';
import type { System } from './system.ts';

interface Session {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly user: { readonly id: string; readonly reputation: number };
}
const SESSION = '{ accessToken refreshToken user { id reputation } }';

interface Registration {
  readonly email: string;
  readonly linkExpiresIn: number;
}

interface Me {
  readonly id: string;
  readonly displayName: string;
  readonly reputation: number;
  readonly roles: readonly string[];
}

interface Joining {
  readonly upvotes?: number;
  readonly roles?: Past['roles'];
  readonly email?: string;
  readonly password?: string;
  /** Whether the address is verified. */
  readonly isVerified?: boolean;
}

/** The pause before another attempt if too many others log in at the same time, in milliseconds. */
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

  /** A new user who is logged in, with reputation for some upvotes, and with roles. The account is made in the databases, see {@link createAccount}. */
  static async join(system: Pick<System, 'urls' | 'databaseUrl'>, displayName: string, joining: Joining = {}): Promise<Person> {
    const { upvotes = 0, roles = [], isVerified = false, ...credentials } = joining;
    const person = new Person(new GraphQLClient(system.urls.graphql), displayName, credentials);
    const [auth, user] = [system.databaseUrl('auth'), system.databaseUrl('user')];
    const id = await createAccount({ auth, user }, { ...person.credentials, displayName, isVerified });
    if (upvotes > 0 || roles.length > 0) await distinguish(user, id, { roles, events: upvotesOf(upvotes) });
    await person.#logInInTurn();
    return person;
  }

  get session(): Session {
    if (!this.#session) throw new Error(`${this.displayName} has no session.`);
    return this.#session;
  }

  /** Uses an access token of another issuer, without a session. */
  set accessToken(accessToken: string) {
    this.#session = { accessToken, refreshToken: '', user: { id: '', reputation: 1 } };
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

  /** Requests a mail with a link. The account begins with {@link confirm}. */
  async register(): Promise<Registration> {
    const query = `mutation ($input: RegisterInput!) { register(input: $input) { email linkExpiresIn } }`;
    const input = { ...this.credentials, displayName: this.displayName };
    return (await this.api.ask<{ register: Registration }>(query, { input })).register;
  }

  /** Confirms the registration with the link in the mail. @param mailbox the URL of the mailbox */
  async confirm(mailbox: string): Promise<Session['user']> {
    const query = `mutation ($token: String!, $password: String!) { confirmRegistration(token: $token, password: $password) ${SESSION} }`;
    const token = (await mailedLink(mailbox, this.credentials.email)).pathname.split('/').at(-1);
    const { password } = this.credentials;
    return this.#enter((await this.api.ask<{ confirmRegistration: Session }>(query, { token, password })).confirmRegistration);
  }

  /** Logs in. Tries again while a busy machine refuses because too many others log in. */
  async #logInInTurn(triesLeft = 20): Promise<void> {
    try {
      await this.logIn();
    } catch (error) {
      if (triesLeft === 0 || !(error instanceof Refused && error.reason === 'TOO_BUSY')) throw error;
      await setTimeout(PAUSE_MS);
      await this.#logInInTurn(triesLeft - 1);
    }
  }

  async logIn(): Promise<Session['user']> {
    const query = `mutation ($input: LogInInput!) { logIn(input: $input) ${SESSION} }`;
    return this.#enter((await this.api.ask<{ logIn: Session }>(query, { input: this.credentials })).logIn);
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
