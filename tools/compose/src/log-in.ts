import { GraphQLClient, Person } from '@reputable/dev';
import { check } from './check.ts';

const ME = JSON.stringify({ query: '{ me { id } }' });

/**
 * Logs in as a browser does: from the gateway to auth's page and back, with a code that the gateway redeems inside the network.
 *
 * @param gateway its origin for browsers
 * @param issuer auth's origin
 * @param mailbox the URL of the mailbox
 */
export async function checkLogIn(gateway: string, issuer: string, mailbox: string): Promise<void> {
  const eva = new Person(new GraphQLClient(`${gateway}/graphql`), 'Eva');
  await eva.register();
  await eva.confirm(mailbox);
  const browser = new Browser();
  const page = await browser.open(`${gateway}/auth/login`);
  check("logging in at the gateway leads to auth's page", faultsOf(page, `${issuer}/oidc/interaction/`));
  const back = await browser.submit(page, eva.credentials);
  check('auth sends the browser back with a code, which the gateway redeems over TLS', faultsOf(back, `${gateway}/auth/callback?code=`));
  const headers = { 'content-type': 'application/json', 'x-reputable-csrf': '1' };
  const session = await browser.open(`${gateway}/auth/session`, { headers });
  const me = await browser.open(`${gateway}/graphql`, { method: 'POST', headers, body: ME });
  const answers = await Promise.all([session.text(), me.text()]);
  check(
    'the browser has a session, and the API accepts it',
    answers.filter((text) => !text.includes(eva.id)),
  );
}

const faultsOf = ({ url, status }: Response, expected: string) =>
  status === 200 && url.startsWith(expected) ? [] : [`The page is ${url}, with status ${String(status)}.`];

/** The parts of a browser that logging in needs, for one host: cookies, redirects and a form. */
export class Browser {
  readonly #cookies = new Map<string, string>();

  /** Opens a URL and follows its redirects. */
  async open(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { accept: 'text/html', cookie, ...(init.headers as Record<string, string> | undefined) };
    const response = await fetch(url, { ...init, headers, redirect: 'manual', signal: AbortSignal.timeout(15_000) });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]*)=([^;]*)/.exec(line) ?? [];
      if (value === '') this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    const next = response.headers.get('location');
    return next === null ? response : this.open(new URL(next, url));
  }

  /** Submits the first form of a page. */
  async submit(page: Response, fields: Readonly<Record<string, string>>): Promise<Response> {
    const action = /<form [^>]*\baction="([^"]*)"/.exec(await page.text())?.[1] ?? '';
    const headers = { origin: new URL(page.url).origin, 'sec-fetch-site': 'same-origin' };
    return this.open(new URL(action, page.url), { method: 'POST', headers, body: new URLSearchParams(fields) });
  }
}
