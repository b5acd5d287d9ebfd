/** A form of a page: its target and its fields. */
export interface Form {
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** The page that a browser shows. */
export interface Shown {
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly title: string;
  readonly forms: readonly Form[];
}

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
}

/** A simulated browser: it keeps cookies by path, follows redirects and submits forms. */
export class Browser {
  #cookies: readonly Cookie[] = [];

  /** @param home its only origin: at a redirect to another one it stops and shows only the URL */
  constructor(
    readonly home: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {}

  get cookies(): readonly Cookie[] {
    return this.#cookies;
  }

  /** Opens a URL. */
  open(url: string | URL): Promise<Shown> {
    return this.#go(new URL(url, this.home), {});
  }

  /** Fills in a form and submits it. */
  send(
    page: Shown,
    form: Form | undefined,
    fields: Readonly<Record<string, string>> = {},
    headers: Record<string, string> = {},
  ): Promise<Shown> {
    if (!form) throw new Error(`The page "${page.title}" has no such form: ${/<main>.*<\/main>/s.exec(page.text)?.[0] ?? page.text}`);
    const body = new URLSearchParams({ ...form.fields, ...fields });
    const ours = { 'sec-fetch-site': 'same-origin', origin: this.home };
    return this.#go(new URL(form.action, page.url), { method: 'POST', body, headers: { ...ours, ...headers } });
  }

  forgetCookies(): void {
    this.#cookies = [];
  }

  async #go(url: URL, init: RequestInit): Promise<Shown> {
    if (url.origin !== this.home) return shown(url, new Response());
    const cookie = this.#cookiesFor(url);
    const headers = { accept: 'text/html', 'user-agent': 'Jest', ...this.headers, ...(cookie && { cookie }), ...(init.headers as object) };
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    this.#keep(response.headers.getSetCookie());
    const next = response.headers.get('location');
    return next === null ? shown(url, response) : this.#go(new URL(next, url), {});
  }

  #cookiesFor({ pathname }: URL): string {
    const fitting = this.#cookies.filter(({ path }) => path === '/' || pathname === path || pathname.startsWith(`${path}/`));
    return fitting.map(({ name, value }) => `${name}=${value}`).join('; ');
  }

  #keep(setCookies: readonly string[]): void {
    for (const setCookie of setCookies) {
      const [pair = '', ...attributes] = setCookie.split(';').map((part) => part.trim());
      const { name = '', value = '' } = /^(?<name>[^=]*)=(?<value>.*)$/.exec(pair)?.groups ?? {};
      const path = attributes.find((attribute) => attribute.startsWith('path='))?.slice('path='.length) ?? '/';
      const others = this.#cookies.filter((cookie) => cookie.name !== name || cookie.path !== path);
      this.#cookies = value === '' ? others : [...others, { name, value, path }];
    }
  }
}

async function shown(url: URL, response: Response): Promise<Shown> {
  const text = await response.text();
  const { status, headers } = response;
  return { url, status, headers, text, title: /<title>(.*?)<\/title>/.exec(text)?.[1] ?? '', forms: formsOf(text) };
}

/** Parses the forms of our pages: every attribute is quoted, and forms are not nested. */
function formsOf(text: string): Form[] {
  return [...text.matchAll(/<form ([^>]*)>(.*?)<\/form>/gs)].map(([, attributes = '', content = '']) => {
    const inputs = [...content.matchAll(/<input\s([^>]*)>/g)].map(([, input = '']) => [
      attribute(input, 'name'),
      attribute(input, 'value'),
    ]);
    return { action: attribute(attributes, 'action'), fields: Object.fromEntries(inputs) as Record<string, string> };
  });
}

const attribute = (attributes: string, name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? '';
