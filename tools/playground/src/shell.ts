import { html, type Html } from '@reputable/page';
import type { PlaygroundOptions } from './options.ts';
import type { Account } from './story/accounts.ts';
import { ATTACKS } from './story/attacks.ts';
import { REQUESTS } from './story/requests.ts';

/** A document with our style sheet. */
const documentOf = (title: string, body: Html, head?: Html): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} – Reputable</title>
        <link rel="icon" href="/playground/icon.svg" />
        <link rel="stylesheet" href="/playground/style.css" />
        ${head}
      </head>
      <body>
        ${body}
      </body>
    </html> `.text;

/** The document with a file's text; undefined for a file that the page does not show. */
export async function sourceDocument(file: string): Promise<string | undefined> {
  const { sourcePage } = await import('./source/source-page.ts');
  const page = sourcePage(file);
  return page && documentOf(page.title, page.body);
}

/** The document of the page. The script fills the picture. */
export const shell = ({ accounts, urls }: PlaygroundOptions): string =>
  documentOf(
    'Playground',
    html`<header>
        <p class="brand">Reputable</p>
        <nav aria-label="Further pages">
          <a href="/graphiql">GraphiQL</a> <a href="/api/v1/reference">HTTP API</a> <a href="/account">Account</a>
          <a href="${urls.mailbox}">Mailbox</a>
        </nav>
      </header>
      <main class="playground">
        <section class="picture card" aria-labelledby="title">
          <h1 id="title">Watch a request cross the services</h1>
          <div id="map"></div>
          <div id="result" role="status"></div>
        </section>
        <section class="who" aria-labelledby="who">
          <h2 id="who">Who am I?</h2>
          <div role="radiogroup" aria-labelledby="who" class="accounts">
            ${accounts.toReversed().map(demoChoice)} ${accountChoice('nobody', 'Nobody', 'no credential')}
            ${accountChoice('session', 'My browser', 'not logged in')}
          </div>
          <p class="log-in"><a href="/auth/login?returnTo=/%3Fas=session">Log in with this browser</a></p>
          <h2>Send a request</h2>
          <div class="actions">
            ${REQUESTS.map(({ name, label, rule }) => actionButton({ kind: 'request', name, label, text: rule }))}
            ${actionButton({ kind: 'rotate-key', name: 'rotate-key', label: 'Rotate the signing key', text: 'For operators. Valid tokens stay valid.' })}
          </div>
        </section>
        <section class="break" aria-labelledby="break">
          <h2 id="break">Break it</h2>
          <div class="actions">${ATTACKS.map(({ name, label, what }) => actionButton({ kind: 'attack', name, label, text: what }))}</div>
        </section>
        <section id="trace" class="card" aria-label="The last request" hidden></section>
      </main>`,
    html`<script type="module" src="/playground/browser/main.js"></script>`,
  );

const demoChoice = ({ email, displayName, roles, reputation }: Account) =>
  accountChoice(email.replace(/@.*/, ''), displayName, roles.join().toLowerCase() || `reputation ${String(reputation)}`);

const accountChoice = (name: string, label: string, text: string) =>
  html`<label class="account"
    ><input type="radio" name="as" value="${name}" /> <span>${label} <small>${text}</small></span></label
  >`;

const actionButton = ({ kind, name, label, text }: Readonly<Record<'kind' | 'name' | 'label' | 'text', string>>) =>
  html`<button type="button" data-kind="${kind}" data-name="${name}"><b>${label}</b> <small>${text}</small></button>`;
