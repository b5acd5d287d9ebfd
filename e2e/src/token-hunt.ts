import { query } from '@reputable/testing';
import { createHash } from 'node:crypto';
import type { BrowserContext, Page } from 'playwright-core';

/** 256 random bits in base64url, by themselves: an opaque token, or something that looks like one. */
const OPAQUE = /(?<![\w-])[\w-]{43}(?![\w-])/g;
/** A signed JWT: an ID token, or one of those for services. What is sealed has no second part. */
const JWT = /eyJ[\w-]*\.eyJ[\w-]*\.[\w-]+/g;

/** Notes everything that a browser sends, gets or keeps, and looks for tokens in there. */
export class TokenHunt {
  /** The addresses of all requests. */
  readonly urls: string[] = [];
  readonly #noted: string[] = [];
  readonly #pending: Promise<void>[] = [];

  /** @param database that of auth, which knows all tokens by their hashes */
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
    this.#noted.push(...texts);
  }

  /** Notes what a script in the page could read, and its address. */
  async look(page: Page): Promise<void> {
    const readable = await page.evaluate<string>(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, document.documentElement.outerHTML])',
    );
    this.note(page.url(), readable);
  }

  /** How much has been noted, in characters. */
  get size(): number {
    return this.#noted.join('').length;
  }

  /** What kinds of tokens there are in what was noted. */
  async found(): Promise<string[]> {
    await Promise.all(this.#pending);
    const text = this.#noted.join('\n');
    const hashes = (text.match(OPAQUE) ?? []).map((token) => createHash('sha256').update(token).digest());
    const known = "SELECT DISTINCT model FROM oauth_record WHERE hash = ANY($1) AND model IN ('AccessToken', 'RefreshToken')";
    const rows = await query<{ model: string }>(this.database, known, [hashes]);
    return [...rows.map(({ model }) => model), ...(JWT.test(text) ? ['JWT'] : [])];
  }
}
