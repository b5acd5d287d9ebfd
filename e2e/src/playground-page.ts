import { PATIENCE } from '@reputable/testing';
import axe, { type AxeResults } from 'axe-core';
import { request } from 'node:http';
import { join } from 'node:path';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';

/** The folder of the pictures in README.md. They are written only if `SCREENSHOTS` is set. */
const PICTURES = process.env['SCREENSHOTS'] === undefined ? undefined : join(import.meta.dirname, '../../docs/images');

/** The page at `/` of a development system in a browser. */
export class PlaygroundPage {
  /** Errors on the console, of scripts, and requests to other origins. */
  readonly problems: string[] = [];

  private constructor(
    readonly origin: string,
    readonly context: BrowserContext,
    readonly page: Page,
  ) {
    page.on('console', (message) => {
      if (message.type() === 'error') this.problems.push(message.text());
    });
    page.on('pageerror', ({ message }) => this.problems.push(message));
    page.on('request', (sent) => {
      if (!sent.url().startsWith(`${origin}/`)) this.problems.push(`foreign request: ${sent.url()}`);
    });
  }

  static async in(browser: Browser, origin: string): Promise<PlaygroundPage> {
    const context = await browser.newContext({ reducedMotion: 'reduce', viewport: { width: 1440, height: 900 } });
    // The page follows a trace for some seconds. On a busy machine the last spans arrive later, so its clock is slower here.
    await context.addInitScript(`const now = performance.now.bind(performance); performance.now = () => now() / ${String(PATIENCE)};`);
    return new PlaygroundPage(origin, context, await context.newPage());
  }

  /** Opens the page with an account chosen. */
  async open(as: string): Promise<void> {
    await this.page.goto(`${this.origin}/?as=${as}`);
  }

  button(label: string): Locator {
    return this.page.getByRole('button', { name: new RegExp(`^${label} `) });
  }

  get result(): Locator {
    return this.page.getByRole('status');
  }

  /** The steps of the last request. */
  get steps(): Locator {
    return this.page.locator('.hops > li');
  }

  /** Presses a button, and waits for a text in the result. */
  async press(label: string, expected: string): Promise<void> {
    await this.button(label).click();
    await this.shows(expected);
  }

  /** Waits for a text in the result. */
  async shows(text: string): Promise<void> {
    await this.result.getByText(text).waitFor();
  }

  /** What axe-core finds. */
  async violations(): Promise<readonly (readonly string[])[]> {
    await this.page.evaluate(axe.source);
    const { violations } = await this.page.evaluate<AxeResults>('axe.run()');
    return violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)]);
  }

  /** Saves a picture for the docs, if wanted. */
  async picture(name: string): Promise<void> {
    if (!PICTURES) return;
    await this.page.setViewportSize({ width: 1280, height: 760 });
    await this.page.screenshot({ path: join(PICTURES, `${name}.png`) });
  }

  close(): Promise<void> {
    return this.context.close();
  }
}

/** The status of a request with these headers, as any program can send it. */
export const statusOf = (url: string, method: string, headers: Readonly<Record<string, string>>) =>
  new Promise<number>((resolve, reject) => {
    const sent = request(url, { method, headers: { 'content-type': 'application/json', ...headers } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.on('error', reject).end(method === 'POST' ? '{"kind":"request","name":"list","as":"nobody"}' : undefined);
  });
