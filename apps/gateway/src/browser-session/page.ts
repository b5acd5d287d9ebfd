import { createHash } from 'node:crypto';

/** A page for people, who see few of ours. */
export interface Page {
  readonly title: string;
  readonly text: string;
  /** Where to go on. */
  readonly link: { readonly href: string; readonly text: string };
  /** Whether to go there at once. */
  readonly goOn?: boolean;
}

const STYLE = `
  :root { color-scheme: light dark; font: 1.125rem/1.5 system-ui, sans-serif; }
  body { max-width: 32rem; margin: 15vh auto 0; padding: 0 1.5rem; }
  h1 { font-size: 1.5rem; line-height: 1.25; }
`;

/** The headers of a page: nothing runs in it, nothing is fetched for it, nobody frames it. */
export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
};

/** Where a log-in begins. */
const LOG_IN = '/auth/login';

/** After a log-in. */
export const loggedIn = (returnTo: string): Page => ({
  title: 'You are logged in',
  text: 'You are being taken back to where you came from.',
  link: { href: returnTo, text: 'Go on' },
  goOn: true,
});

/** A log-in that did not come to an end. The browser may be at another name of ours than the one its cookies are for, hence the `origin`. */
export const tryAgain = (origin: string): Page => ({
  title: 'You are not logged in',
  text: 'This log-in was cancelled, took too long, was finished before, or belongs to another window. If it happens again, see whether your browser takes cookies from this site.',
  link: { href: origin + LOG_IN, text: 'Log in' },
});

/** Something of ours does not work. */
export const failed = (message: string): Page => ({
  title: 'You cannot log in right now',
  text: message,
  link: { href: LOG_IN, text: 'Try again' },
});

/** The page as HTML. */
export const toHtml = ({ title, text, link, goOn }: Page) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${goOn ? `<meta http-equiv="refresh" content="0; url=${escape(link.href)}">\n` : ''}<title>${escape(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escape(title)}</h1>
<p>${escape(text)}</p>
<p><a href="${escape(link.href)}">${escape(link.text)}</a></p>
</main>
</body>
</html>
`;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const escape = (text: string) => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
