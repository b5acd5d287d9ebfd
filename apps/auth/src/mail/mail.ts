import { html } from '@reputable/page';

/** A mail to one person. */
export interface Mail {
  /** The address. */
  readonly to: string;
  readonly subject: string;
  /** The sentences before the link. */
  readonly before: readonly string[];
  /** The link, if there is one, and its label. */
  readonly link?: { readonly url: string; readonly label: string };
  /** The sentences after the link. */
  readonly after: readonly string[];
}

/** The plain text of a mail. */
export const textOf = ({ before, link, after }: Mail): string => `${[...before, ...(link ? [link.url] : []), ...after].join('\n\n')}\n`;

/** The HTML of a mail: without images, scripts and style sheets, so that it looks the same everywhere. */
export const htmlOf = ({ subject, before, link, after }: Mail): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${subject}</title>
      </head>
      <body>
        ${before.map((sentence) => html`<p>${sentence}</p>`)}
        ${
          link &&
          html`<p><a href="${link.url}">${link.label}</a></p>
            <p>${link.url}</p>`
        }
        ${after.map((sentence) => html`<p>${sentence}</p>`)}
      </body>
    </html> `.text;
