import { randomBytes } from 'node:crypto';

/** A refusal by the gateway or a service. */
export interface Refusal {
  /** The gRPC status, as in `PERMISSION_DENIED`. */
  readonly code: string;
  readonly reason: string;
  readonly message: string;
}

/** The answer to a GraphQL request. */
export interface Answer {
  readonly data: Readonly<Record<string, unknown>>;
  /** The first error. */
  readonly refusal: Refusal | undefined;
}

interface Body {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string; readonly reason?: string } }[];
}

const TIMEOUT_MS = 15_000;

/** The id of a trace (W3C Trace Context). The gateway links its own trace to it. */
export const newTraceId = () => randomBytes(16).toString('hex');

/** The header with which a request names its trace. Sampled. */
export const traceparent = (traceId: string) => `00-${traceId}-${randomBytes(8).toString('hex')}-01`;

/** Sends GraphQL requests to the gateway. */
export class GatewayClient {
  constructor(readonly url: string) {}

  /** @throws Error if the gateway cannot be reached */
  async send(
    query: string,
    variables: object,
    { token, traceId }: { readonly token?: string | undefined; readonly traceId?: string } = {},
  ): Promise<Answer> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(traceId !== undefined && { traceparent: traceparent(traceId) }),
      },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const { data, errors } = (await response.json()) as Body;
    const [error] = errors ?? [];
    const { code = 'UNKNOWN', reason = 'UNKNOWN' } = error?.extensions ?? {};
    return { data: data ?? {}, refusal: error && { code, reason, message: error.message } };
  }
}
