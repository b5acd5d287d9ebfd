import { Browser, GraphQLClient, type Page, Person } from '@reputable/dev';
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
  check(
    'the browser has a session, and the API accepts it',
    [session, me].map(({ text }) => text).filter((text) => !text.includes(eva.id)),
  );
}

const faultsOf = ({ url, status }: Page, expected: string) =>
  status === 200 && url.startsWith(expected) ? [] : [`The page is ${url}, with status ${String(status)}.`];
