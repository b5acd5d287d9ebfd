import { documentOf, headersOf, html, type Html, notice, type Page } from '@reputable/page';
import { createServer, type Server } from 'node:http';
import type { Mail } from './mail.ts';

/** The mails to show. */
interface Mails {
  readonly mails: readonly Mail[];
  readonly mailsTo: (address: string) => readonly Mail[];
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * The headers of a mail's HTML. The sandbox runs no script and gives the document an origin of its own. Nothing is loaded, so that a mail
 * shows here as in a client that blocks images.
 */
const SANDBOX = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

const JSON_HEADERS = {
  'content-type': 'application/json; charset=utf-8',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

/** The pages of a mailbox: the list at `/`, a mail at `/mails/<id>`, its HTML at `/mails/<id>/html`, and JSON at `/mails.json?to=<address>`. */
export function createPages(mails: Mails): Server {
  return createServer(({ url = '/' }, response) => {
    const { status, headers, body } = answer(mails, new URL(url, 'http://localhost'));
    response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
  });
}

function answer(mailbox: Mails, { pathname, searchParams }: URL): Answer {
  if (pathname === '/') return page(200, listPage(mailbox.mails));
  if (pathname === '/mails.json') {
    const to = searchParams.get('to');
    const mails = to === null ? mailbox.mails : mailbox.mailsTo(to);
    return { status: 200, headers: JSON_HEADERS, body: JSON.stringify(mails) };
  }
  const [, id, isHtml] = /^\/mails\/([\w-]+)(\/html)?$/.exec(pathname) ?? [];
  const mail = mailbox.mails.find((each) => each.id === id);
  if (!mail) return page(404, missing);
  return isHtml === undefined ? page(200, mailPage(mail)) : { status: 200, headers: SANDBOX, body: mail.html };
}

const page = (status: number, shown: Page): Answer => ({ status, headers: headersOf(shown), body: documentOf(shown) });

const missing = notice('No such mail', 'The mailbox keeps the latest 100 mails, until it stops.');

const listPage = (mails: readonly Mail[]): Page => ({
  title: 'Mailbox',
  formTargets: 'none',
  body: html`<h1>Mailbox</h1>
    <p class="quiet">Reload the page for new mail.</p>
    ${mails.length === 0 && html`<p>No mail yet.</p>`}
    <dl>
      ${mails.map(
        ({ id, subject, to, receivedAt }) =>
          html`<dt>${timeOf(receivedAt)} to ${to.join(', ')}</dt>
            <dd><a href="/mails/${id}">${subject || 'No subject'}</a></dd>`,
      )}
    </dl>`,
});

const mailPage = ({ id, subject, from, to, receivedAt, text, html: document }: Mail): Page => ({
  title: subject,
  formTargets: 'none',
  body: html`<p><a href="/">Mailbox</a></p>
    <h1>${subject || 'No subject'}</h1>
    <p class="quiet">${timeOf(receivedAt)}<br />from ${from}<br />to ${to.join(', ')}</p>
    ${paragraphs(text)} ${document !== '' && html`<p><a href="/mails/${id}/html">HTML version</a></p>`}`,
});

/** The paragraphs of a plain text, with links to click. */
const paragraphs = (text: string): readonly Html[] =>
  text
    .trim()
    .split(/\n{2,}/)
    .map((paragraph) => html`<p>${withLinks(paragraph)}</p>`);

/** Splits before and after each link: parts with an odd index are links. */
const withLinks = (text: string): readonly Html[] =>
  text.split(/(https?:\/\/\S+)/).map((part, index) => (index % 2 === 1 ? html`<a href="${part}">${part}</a>` : html`${part}`));

const timeOf = (date: Date) => date.toTimeString().slice(0, 8);
