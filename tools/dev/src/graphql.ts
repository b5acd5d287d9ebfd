interface GraphQLError {
  readonly message: string;
  readonly extensions: { readonly code: string; readonly reason: string; readonly metadata: Readonly<Record<string, string>> };
}

/** A response of the gateway. */
export interface Answer<T> {
  readonly data?: T | null;
  readonly errors?: readonly GraphQLError[];
}

/** The gateway refused a request. */
export class Refused extends Error {
  override readonly name = 'Refused';
  /** The gRPC status, as in `PERMISSION_DENIED`. */
  readonly code: string;
  readonly reason: string;
  readonly metadata: Readonly<Record<string, string>>;

  constructor({ message, extensions }: GraphQLError) {
    super(message);
    this.code = extensions.code;
    this.reason = extensions.reason;
    this.metadata = extensions.metadata;
  }
}

/** A client of the public API. */
export class GraphQLClient {
  constructor(private readonly url: string) {}

  /** Sends a query, with a token or without. @param scheme of the header `Authorization` */
  async send<T>(query: string, variables: object, accessToken?: string, scheme = 'Bearer'): Promise<Answer<T>> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(accessToken !== undefined && { authorization: `${scheme} ${accessToken}` }) },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(15_000),
    });
    return (await response.json()) as Answer<T>;
  }

  /** The same, but rejects with a {@link Refused} if the gateway refuses. */
  async ask<T>(query: string, variables: object = {}, accessToken?: string, scheme?: string): Promise<T> {
    const { data, errors } = await this.send<T>(query, variables, accessToken, scheme);
    if (errors?.[0]) throw new Refused(errors[0]);
    if (!data) throw new SyntaxError('The answer has neither data nor errors.');
    return data;
  }
}
