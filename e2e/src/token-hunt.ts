import { query } from '@reputable/testing';
import { createHash } from 'node:crypto';
import type { BrowserContext, Page } from 'playwright-core';

/** 256 random bits in base64url: an opaque token or a value of the same form. */
const OPAQUE = /(?<![\w-])[\w-]{43}(?![\w-])/g;
/** A signed JWT: an ID token or an access token for services. A sealed value (JWE) does not match. */
const JWT = /eyJ[\w-]*\.eyJ[\w-]*\.[\w-]+/g;

/** Records everything that a browser sends, receives or stores, and searches it for tokens. */
export class TokenHunt {
  /** The URLs of all requests. */
  readonly urls: string[] = [];
  readonly #record: string[] = [];
  readonly #pending: Promise<void>[] = [];

  /** @param database auth's database, which contains the hashes of all tokens */
  constructor(
    context: BrowserContext,
    readonly database: string,
  ) {
    context.on('response', (response) => {
      const request = response.request();
      this.urls.push(response.url());
      this.note(response.url(), request.postData() ?? '');
      const body = response.text().catch(() => '');
      const parts = [response.headersArray(), request.headersArray()].map(async (headers) => JSON.stringify(await headers));
      this.#pending.push(
        Promise.all([body, ...parts])
          .then((texts) => this.note(...texts))
          .catch(() => undefined),
      );
    });
  }

  note(...texts: readonly string[]): void {
    this.#record.push(...texts);
  }

  /** Records the page's URL and everything that a script in the page could read. */
  async look(page: Page): Promise<void> {
    const readable = await page.evaluate<string>(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, document.documentElement.outerHTML])',
    );
    this.note(page.url(), readable);
  }

  /** The size of the record, in characters. */
  get size(): number {
    return this.#record.join('').length;
  }

  /** The kinds of tokens found in the record. */
  async found(): Promise<string[]> {
    await Promise.all(this.#pending);
    const text = this.#record.join('\n');
    const hashes = (text.match(OPAQUE) ?? []).map((token) => createHash('sha256').update(token).digest());
    const known = "SELECT DISTINCT model FROM oauth_record WHERE hash = ANY($1) AND model IN ('AccessToken', 'RefreshToken')";
    const rows = await query<{ model: string }>(this.database, known, [hashes]);
    return [...rows.map(({ model }) => model), ...(JWT.test(text) ? ['JWT'] : [])];
  }
}
