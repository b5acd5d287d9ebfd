import type { Answer, GraphQLClient } from '@reputable/dev';
import type { Facts, Outcome } from './outcome.ts';

interface Session {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly user: { readonly id: string; readonly reputation: number };
}
const SESSION = '{ accessToken refreshToken user { id reputation } }';

interface Post {
  readonly id: string;
  readonly score: number;
}

/** Somebody with a client of the public API, and the session that they have at the time. */
export class Person {
  #session: Session | undefined;

  constructor(
    readonly name: string,
    readonly email: string,
    readonly api: GraphQLClient,
  ) {}

  get id(): string {
    return this.#current.user.id;
  }

  get token(): string {
    return this.#current.accessToken;
  }

  register(): Promise<Outcome> {
    const input = { email: this.email, password: 'correct horse battery staple', displayName: this.name };
    return this.#enter('register', `mutation ($input: RegisterInput!) { register(input: $input) ${SESSION} }`, { input });
  }

  /** Exchanges the refresh token for new tokens. */
  refresh(): Promise<Outcome> {
    const { refreshToken } = this.#current;
    return this.#enter('refresh', `mutation ($refreshToken: String!) { refresh(refreshToken: $refreshToken) ${SESSION} }`, {
      refreshToken,
    });
  }

  /** Ends the session. The tokens stay at hand, to see what they are good for. */
  async logOut(): Promise<Outcome> {
    return outcome(await this.#send('mutation { logOut }'), () => ({}));
  }

  async write(title: string, body: string): Promise<Outcome<string>> {
    const query = 'mutation ($input: CreatePostInput!) { createPost(input: $input) { id score } }';
    const answer = await this.#send<{ createPost: Post }>(query, { input: { title, body } });
    return outcome(
      answer,
      ({ createPost: { score } }) => ({ score }),
      ({ createPost: { id } }) => id,
    );
  }

  async upvote(id: string): Promise<Outcome> {
    const answer = await this.#send<{ upvotePost: Post }>('mutation ($id: ID!) { upvotePost(id: $id) { score } }', { id });
    return outcome(answer, ({ upvotePost: { score } }) => ({ score }));
  }

  async delete(id: string): Promise<Outcome> {
    return outcome(await this.#send('mutation ($id: ID!) { deletePost(id: $id) }', { id }), () => ({}));
  }

  async read(id: string): Promise<Outcome> {
    const answer = await this.#send<{ post: { title: string } | null }>('query ($id: ID!) { post(id: $id) { title } }', { id });
    return outcome(answer, ({ post }) => ({ post: post?.title ?? 'none' }));
  }

  /** Whom the gateway takes them for, by the token that they show. */
  async whoAmI(token = this.token): Promise<Outcome> {
    const answer = await this.api.send<{ me: { displayName: string } }>('{ me { displayName } }', {}, token);
    return outcome(answer, ({ me }) => ({ name: me.displayName }));
  }

  /** Their reputation as everybody sees it. */
  async reputation(): Promise<number> {
    const { data } = await this.#send<{ user: { reputation: number } }>('query ($id: ID!) { user(id: $id) { reputation } }', {
      id: this.id,
    });
    return data?.user.reputation ?? 0;
  }

  get #current(): Session {
    if (!this.#session) throw new Error(`${this.name} has no session.`);
    return this.#session;
  }

  async #enter(how: 'register' | 'refresh', query: string, variables: object): Promise<Outcome> {
    // Without the token from before, which may have ended: a bad one is refused, whatever the request.
    const answer = await this.api.send<Record<typeof how, Session>>(query, variables);
    this.#session = answer.data?.[how] ?? this.#session;
    return outcome(answer, (data) => ({ reputation: data[how].user.reputation }));
  }

  #send<T>(query: string, variables: object = {}): Promise<Answer<T>> {
    return this.api.send<T>(query, variables, this.#session?.accessToken);
  }
}

function outcome<T>(answer: Answer<T>, facts: (data: T) => Facts): Outcome;
function outcome<T, V>(answer: Answer<T>, facts: (data: T) => Facts, value: (data: T) => V): Outcome<V>;
function outcome<T, V>({ data, errors }: Answer<T>, facts: (data: T) => Facts, value?: (data: T) => V): Outcome<V | undefined> {
  const [error] = errors ?? [];
  if (error) return { decision: 'refused', message: error.message, ...error.extensions };
  if (!data) throw new Error('The gateway answered with neither data nor an error.');
  return { decision: 'allowed', facts: facts(data), value: value?.(data) };
}
