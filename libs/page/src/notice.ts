import { html } from './html.ts';
import type { Page } from './page.ts';

/** A page with a title and paragraphs. */
export const notice = (title: string, ...sentences: readonly string[]): Page => ({
  title,
  body: html`<h1>${title}</h1>
    ${sentences.map((sentence) => html`<p>${sentence}</p>`)}`,
});
