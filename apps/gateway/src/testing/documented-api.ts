import { z } from 'zod';

type Schema = Readonly<Record<string, unknown>>;

interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>>;
}

/** An OpenAPI document, as far as this client reads it. */
export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** A request to the API. */
export interface ApiRequest {
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer of the API. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** A client that compares every answer with the OpenAPI document: the status, the media type and the schema, without further fields. */
export class DocumentedApi {
  /** The operations that were called, as in `get /api/v1/posts`. */
  static readonly called = new Set<string>();

  constructor(
    readonly document: Document,
    readonly origin: string,
  ) {}

  /** @throws Error if the document does not have the operation, or describes another answer */
  async send(method: string, path: string, { token, body, headers = {} }: ApiRequest = {}): Promise<ApiAnswer> {
    const response = await fetch(new URL(`/api/v1${path}`, this.origin), {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer = text === '' ? undefined : (JSON.parse(text) as unknown);
    this.#compare(method, new URL(response.url).pathname, response, answer);
    return { status: response.status, headers: response.headers, body: (answer ?? {}) as Record<string, unknown> };
  }

  #compare(method: string, pathname: string, { status, headers }: Response, answer: unknown): void {
    const template = Object.keys(this.document.paths).find((path) => matches(path, pathname)) ?? '';
    const name = `${method.toLowerCase()} ${template}`;
    const described = this.document.paths[template]?.[method.toLowerCase()]?.responses[String(status)];
    if (!described) throw new Error(`The document has no ${method} ${pathname} with the status ${status}: ${JSON.stringify(answer)}`);
    DocumentedApi.called.add(name);
    const type = headers.get('content-type')?.split(';')[0] ?? '';
    const schema = described.content?.[type]?.schema;
    if (!described.content && answer === undefined) return;
    if (!schema) throw new Error(`${name} answers ${String(status)} with ${type}, which the document does not describe.`);
    z.fromJSONSchema(this.#strict({ ...schema, $defs: this.document.components.schemas })).parse(answer);
  }

  /** The schema without further properties, with its references within itself. */
  #strict(schema: Schema): Schema {
    const text = JSON.stringify(schema, (_, value: unknown) => (isObjectSchema(value) ? { additionalProperties: false, ...value } : value));
    return JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')) as Schema;
  }
}

const isObjectSchema = (value: unknown): value is object =>
  value instanceof Object && 'type' in value && value.type === 'object' && 'properties' in value;

const matches = (template: string, pathname: string) => new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(pathname);
