import { CliError } from '@reputable/cli';

/** Why something was refused, as the gateway says it. */
export interface Refusal {
  readonly message: string;
  readonly extensions: { readonly code: string; readonly reason: string; readonly metadata: Readonly<Record<string, string>> };
}
/** What the gateway answers. */
export interface Answer<T> {
  readonly data?: T | null;
  readonly errors?: readonly Refusal[];
}
interface Session {
  readonly accessToken: string;
  readonly user: { readonly id: string };
}
const SESSION = '{ accessToken user { id } }';

/** The public API: any query, and what the launcher needs. */
export class GraphQLClient {
  constructor(private readonly url: string) {}

  /** A session of a new account, or of the one that has the address already. */
  async registerOrLogIn(input: { email: string; password: string; displayName: string }): Promise<Session> {
    const query = `mutation ($input: RegisterInput!) { register(input: $input) ${SESSION} }`;
    const { data, errors } = await this.send<{ register: Session }>(query, { input });
    if (data) return data.register;
    if (errors?.[0]?.extensions.code === 'ALREADY_EXISTS') return this.logIn(input);
    throw new CliError(`The account ${input.email} cannot be made: ${errors?.[0]?.message ?? 'no answer'}`);
  }

  async logIn({ email, password }: { email: string; password: string }): Promise<Session> {
    const query = `mutation ($input: LogInInput!) { logIn(input: $input) ${SESSION} }`;
    const { data, errors } = await this.send<{ logIn: Session }>(query, { input: { email, password } });
    if (data) return data.logIn;
    throw new CliError(`${email} cannot log in: ${errors?.[0]?.message ?? 'no answer'}`);
  }

  /** @returns the id of the new post */
  async createPost(accessToken: string, input: { title: string; body: string }): Promise<string> {
    const query = 'mutation ($input: CreatePostInput!) { createPost(input: $input) { id } }';
    const { data, errors } = await this.send<{ createPost: { id: string } }>(query, { input }, accessToken);
    if (data) return data.createPost.id;
    throw new CliError(`The first post cannot be written: ${errors?.[0]?.message ?? 'no answer'}`);
  }

  /** Sends a query, as whoever the token is for. */
  async send<T>(query: string, variables: object, accessToken?: string): Promise<Answer<T>> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(accessToken !== undefined && { authorization: `Bearer ${accessToken}` }) },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(15_000),
    });
    return (await response.json()) as Answer<T>;
  }
}
