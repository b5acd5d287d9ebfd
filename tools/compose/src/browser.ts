/** As much of a browser as logging in takes: it keeps cookies, follows redirects, and sends a form. All it visits is one host. */
export class Browser {
  readonly #cookies = new Map<string, string>();

  /** Goes to an address, and on to where that leads. */
  async open(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { accept: 'text/html', cookie, ...(init.headers as Record<string, string> | undefined) };
    const response = await fetch(url, { ...init, headers, redirect: 'manual', signal: AbortSignal.timeout(15_000) });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    const next = response.headers.get('location');
    return next === null ? response : this.open(new URL(next, url));
  }

  /** Fills in the first form of a page, and sends it. */
  async send(page: Response, fields: Readonly<Record<string, string>>): Promise<Response> {
    const { origin } = new URL(page.url);
    const action = /<form [^>]*\baction="([^"]*)"/.exec(await page.text())?.[1] ?? '';
    const headers = { origin, 'sec-fetch-site': 'same-origin' };
    return this.open(new URL(action, page.url), { method: 'POST', headers, body: new URLSearchParams(fields) });
  }

  #keep(line: string): void {
    const [, name = '', value = ''] = /^([^=]*)=([^;]*)/.exec(line) ?? [];
    if (value === '') this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}
