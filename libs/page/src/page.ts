import type { FastifyReply } from 'fastify';
import { createHash } from 'node:crypto';
import { Html, html } from './html.ts';
import { STYLE } from './style.ts';

/** A page for users, without scripts and without resources of other origins. */
export interface Page {
  readonly title: string;
  readonly body: Html;
  /** Further origins for `form-action`, which Chromium also applies to redirects after a form; `'none'` for a page without forms. */
  readonly formTargets?: readonly string[] | 'none';
  /** Whether the page has lists, which need more width than a form. */
  readonly isWide?: boolean;
  /** Whether the page's URL contains a secret, so that the browser must send it to no page at all, not even one of this origin. */
  readonly hasSecretUrl?: boolean;
  /** The URL that the browser goes to at once. Policies of forms do not apply to it. */
  readonly next?: string;
}

const style = new Html(`<style>${STYLE}</style>`);

const STYLE_HASH = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;

/** The HTML document of a page. */
export function documentOf({ title, body, next, isWide = false }: Page): string {
  const { text } = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        ${next !== undefined && html`<meta http-equiv="refresh" content="0; url=${next}" />`}
        <title>${title} – Reputable</title>
        ${style}
      </head>
      <body${isWide && html` class="wide"`}>
        <header><p class="brand">Reputable</p></header>
        <main>${body}</main>
      </body>
    </html> `;
  return text;
}

/** The headers of a page. The referrer policy makes browsers send the origin of a form to us, and to no other site. */
export function headersOf({ formTargets = [], hasSecretUrl = false }: Pick<Page, 'formTargets' | 'hasSecretUrl'>): Record<string, string> {
  const policy = [
    "default-src 'none'",
    `style-src ${STYLE_HASH}`,
    `form-action ${formTargets === 'none' ? "'none'" : ["'self'", ...formTargets].join(' ')}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ];
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy.join('; '),
    'referrer-policy': hasSecretUrl ? 'no-referrer' : 'same-origin',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  };
}

/** Sends a page. */
export function sendPage(reply: FastifyReply, status: number, page: Page): FastifyReply {
  return reply.code(status).headers(headersOf(page)).send(documentOf(page));
}
