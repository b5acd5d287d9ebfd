import { GraphQLClient } from '@reputable/dev';
import { Browser } from './browser.ts';
import type { Report } from './report.ts';

const PERSON = { email: 'eva@example.com', password: 'correct horse battery staple', displayName: 'Eva' };

const ME = JSON.stringify({ query: '{ me { id } }' });

/**
 * Somebody logs in with a browser: from the gateway to auth's page and back, with a code that the gateway redeems inside.
 *
 * @param gateway its origin, for browsers
 * @param issuer that of auth
 */
export async function checkLogIn(gateway: string, issuer: string, report: Report): Promise<void> {
  const { user } = await new GraphQLClient(`${gateway}/graphql`).registerOrLogIn(PERSON);
  const browser = new Browser();
  const page = await browser.open(`${gateway}/auth/login`);
  report.holds("to log in at the gateway leads to auth's page", faultsOf(page, `${issuer}/oidc/interaction/`));
  const back = await browser.send(page, PERSON);
  report.holds(
    'who logs in there comes back with a code, which the gateway redeems over TLS',
    faultsOf(back, `${gateway}/auth/callback?code=`),
  );
  const headers = { 'content-type': 'application/json', 'x-reputable-csrf': '1' };
  const session = await browser.open(`${gateway}/auth/session`, { headers });
  const me = await browser.open(`${gateway}/graphql`, { method: 'POST', headers, body: ME });
  const said = await Promise.all([session, me].map((response) => response.text()));
  report.holds(
    'the browser has a session then, and the API takes it',
    said.filter((text) => !text.includes(user.id)),
  );
}

/** What is wrong with a page that is to be below this address. */
function faultsOf({ url, status }: Response, expected: string): string[] {
  return status === 200 && url.startsWith(expected) ? [] : [`It is ${url}, with ${String(status)}.`];
}
