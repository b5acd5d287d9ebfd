import { html } from './html.ts';
import type { Page } from './page.ts';

/** A page that says how things are, and what to do. */
export const notice = (title: string, ...sentences: readonly string[]): Page => ({
  title,
  body: html`<h1>${title}</h1>
    ${sentences.map((sentence) => html`<p>${sentence}</p>`)}`,
});

/** For what nobody foresaw. */
export const broken = notice('Something broke', 'That is on our side. Wait a moment, go back to the application, and try again.');
