/** The page that a browser shows. */
export interface Page {
  readonly url: string;
  readonly status: number;
  readonly title: string;
  readonly text: string;
}

/** The parts of a browser that our pages need, for the origins of one host: cookies, redirects and forms. */
export class Browser {
  readonly #cookies = new Map<string, string>();

  /** Opens a URL and follows its redirects. */
  async open(url: string | URL, init: RequestInit = {}): Promise<Page> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { accept: 'text/html', cookie, ...(init.headers as Record<string, string> | undefined) };
    const response = await fetch(url, { ...init, headers, redirect: 'manual', signal: AbortSignal.timeout(15_000) });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]*)=([^;]*)/.exec(line) ?? [];
      if (value === '') this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    const next = response.headers.get('location');
    if (next !== null) return this.open(new URL(next, url));
    const text = await response.text();
    return { url: response.url, status: response.status, title: /<title>(.*?)(?: – .*)?<\/title>/.exec(text)?.[1] ?? '', text };
  }

  /**
   * Fills in the first form of a page and submits it.
   *
   * @param fields values to set; null leaves a field out, as an empty box does
   * @param action what the action of the form contains, if it is not the first form
   */
  async submit(page: Page, fields: Readonly<Record<string, string | null>> = {}, action = ''): Promise<Page> {
    const forms = [...page.text.matchAll(/<form [^>]*\baction="([^"]*)"[^>]*>(.*?)(?:<\/form>|$)/gs)];
    const [, target = '', content = ''] = forms.find(([, candidate = '']) => candidate.includes(action)) ?? [];
    const all = Object.entries({ ...presetIn(content), ...fields });
    const body = new URLSearchParams(all.filter((field): field is [string, string] => field[1] !== null));
    const headers = { origin: new URL(page.url).origin, 'sec-fetch-site': 'same-origin' };
    return this.open(new URL(target, page.url), { method: 'POST', headers, body });
  }
}

/** The values that the inputs of a form have at first. */
function presetIn(form: string): Record<string, string> {
  const inputs = [...form.matchAll(/<input\s([^>]*)>/g)].map(([, input = '']) => input);
  const sent = inputs.filter((input) => !input.includes('type="checkbox"') || /\bchecked\b/.test(input));
  return Object.fromEntries(sent.map((input) => [attribute(input, 'name'), attribute(input, 'value')]));
}

const attribute = (input: string, name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(input)?.[1] ?? '';
