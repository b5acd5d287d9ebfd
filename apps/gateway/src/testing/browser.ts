import { parseSetCookie } from 'cookie';

/** A browser for one site: it stores and sends cookies. It follows no redirects, and of a cookie's attributes it reads only Max-Age. */
export class Browser {
  readonly cookies = new Map<string, string>();

  /** @param dropsSecure whether it refuses secure cookies, as Safari does on http://localhost */
  constructor(
    readonly origin: string,
    readonly dropsSecure = false,
  ) {}

  /** Opens a path, or sends a request as a script's `fetch` would. */
  async send(path: string, init: RequestInit = {}): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...(cookie && { cookie }), ...(init.headers as Record<string, string> | undefined) };
    const response = await fetch(new URL(path, this.origin), { redirect: 'manual', ...init, headers });
    for (const line of response.headers.getSetCookie()) {
      const { name, value = '', maxAge, secure } = parseSetCookie(line);
      if (secure && this.dropsSecure) continue;
      if (maxAge === 0) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return response;
  }

  /** Sends a request as a page of the gateway's origin does, with the CSRF header. */
  async ask(path: string, init: RequestInit = {}): Promise<Response> {
    return this.send(path, { ...init, headers: { ...(init.headers as Record<string, string> | undefined), ...CSRF_HEADERS } });
  }

  /** Sends a query as a page of the gateway's origin does. */
  async query(query: string): Promise<Response> {
    const headers = { 'content-type': 'application/json' };
    return this.ask('/graphql', { method: 'POST', headers, body: JSON.stringify({ query }) });
  }
}

const CSRF_HEADERS = { 'x-reputable-csrf': '1' };
