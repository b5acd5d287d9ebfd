interface Answer {
  readonly headers: Headers;
  readonly body: unknown;
}

/** The result of a request of a collection. */
export interface Result {
  /** The title of the request, without the expected status. */
  readonly title: string;
  readonly expected: number;
  readonly status: number;
}

/**
 * Sends the requests of a collection in the format of the REST Client of VS Code, one after the other. Titles end with the expected status.
 *
 * @param values replace the collection's own values of these variables
 */
export async function runCollection(text: string, values: Readonly<Record<string, string>>): Promise<Result[]> {
  const [head = '', ...requests] = text.split(/^### /m);
  const own = [...head.matchAll(/^@(\w+) = (.*)$/gm)].map(([, name = '', value = '']) => [name, value.trim()]);
  const variables = { ...(Object.fromEntries(own) as Record<string, string>), ...values };
  const answers = new Map<string, Answer>();
  const results: Result[] = [];
  for (const request of requests) {
    const [, title = '', expected = ''] = /^(.*): (\d{3})$/m.exec(request) ?? [];
    const { name, ...sent } = parse(request.slice(request.indexOf('\n') + 1), (reference) => valueOf(reference, variables, answers));
    const response = await fetch(sent.url, sent);
    const body = await response.text();
    if (name !== undefined) answers.set(name, { headers: response.headers, body: JSON.parse(body) as unknown });
    results.push({ title, expected: Number(expected), status: response.status });
  }
  return results;
}

/** The parts of a request: a name, the line, headers, and after an empty line the body. */
function parse(text: string, resolve: (reference: string) => string) {
  const name = /^# @name (\w+)$/m.exec(text)?.[1];
  const filled = fill(text.replace(/^#.*\n/gm, ''), resolve).trim();
  const [head = '', ...rest] = filled.split('\n\n');
  const [line = '', ...headers] = head.split('\n');
  const [method = '', url = ''] = line.split(' ');
  const body = rest.join('\n\n');
  const pairs = headers.map((header): [string, string] => [header.split(':')[0] ?? '', header.replace(/^[^:]*: /, '')]);
  return { name, method, url, headers: pairs, ...(body !== '' && { body }) };
}

/** Replaces references, also those in values. */
function fill(text: string, resolve: (reference: string) => string): string {
  const filled = text.replace(/\{\{([^}]+)\}\}/g, (_, reference: string) => resolve(reference));
  return filled === text ? text : fill(filled, resolve);
}

function valueOf(reference: string, variables: Readonly<Record<string, string>>, answers: ReadonlyMap<string, Answer>): string {
  const [, name = '', part, path = ''] = /^(\w+)\.response\.(headers|body)\.(?:\$\.)?(.+)$/.exec(reference) ?? [];
  const answer = answers.get(name);
  const value = part === 'headers' ? answer?.headers.get(path) : part === 'body' ? at(answer?.body, path) : variables[reference];
  if (typeof value !== 'string') throw new Error(`The collection has no value for ${reference}.`);
  return value;
}

/** The value at a path such as `items[0].id`. */
const at = (value: unknown, path: string) =>
  path.split(/[.[\]]+/).reduce<unknown>((inside, key) => (inside as Record<string, unknown> | undefined)?.[key], value);
