import { parseSetCookie } from 'cookie';

/** What a browser keeps and sends by itself: cookies, of one site. It follows no redirect, and looks at no attribute but the age. */
export class Browser {
  readonly cookies = new Map<string, string>();

  constructor(readonly origin: string) {}

  /** Opens an address, or does what a script in a page does with `fetch`. */
  async send(path: string, init: RequestInit = {}): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...(cookie && { cookie }), ...(init.headers as Record<string, string> | undefined) };
    const response = await fetch(new URL(path, this.origin), { redirect: 'manual', ...init, headers });
    for (const line of response.headers.getSetCookie()) {
      const { name, value = '', maxAge } = parseSetCookie(line);
      if (maxAge === 0) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return response;
  }

  /** What a page of ours does. */
  async ask(path: string, init: RequestInit = {}): Promise<Response> {
    return this.send(path, { ...init, headers: { ...(init.headers as Record<string, string> | undefined), ...OURS } });
  }

  /** A query, as a page of ours sends it. */
  async query(query: string): Promise<Response> {
    const headers = { 'content-type': 'application/json' };
    return this.ask('/graphql', { method: 'POST', headers, body: JSON.stringify({ query }) });
  }
}

const OURS = { 'x-reputable-csrf': '1' };
