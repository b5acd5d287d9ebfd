import { documentOf, headersOf, notice } from '@reputable/page';
import type { IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import type { Api } from './api.ts';
import { browserModule, styleSheet } from './asset.ts';
import type { PlaygroundOptions } from './options.ts';
import { shell, sourceDocument } from './shell.ts';

/** A response. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Our own files alone. Scripts set the styles that depend on a trace, which this policy allows. */
const POLICY =
  "default-src 'none'; script-src 'self'; img-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

const answer = (type: string, body: string, status = 200): Answer => ({
  status,
  headers: {
    'content-type': `${type}; charset=utf-8`,
    'content-security-policy': POLICY,
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  },
  body,
});

const data = (content: unknown, status?: number) => answer('application/json', JSON.stringify(content), status);

const missing = notice('There is no such page', 'The address may be mistyped.');
const noPage: Answer = { status: 404, headers: headersOf(missing), body: documentOf(missing) };

const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="5" fill="none" stroke="#6b75f0" stroke-width="4"/></svg>';

/** Answers the requests of the page. */
export function answers(options: PlaygroundOptions): (request: IncomingMessage) => Promise<Answer> {
  // Only at the first request: the story imports what the services are made of, which takes a second of CPU.
  let loaded: Promise<Api> | undefined;
  const api = () => (loaded ??= import('./api.ts').then((module) => new module.Api(options)));
  const opened = () => {
    // The first button needs it.
    void api().catch(() => undefined);
    return answer('text/html', shell(options));
  };
  return async (request) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const [, topic = '', rest = ''] = /^\/playground\/([\w-]+)(?:\.\w+)?(?:\/(.*))?$/.exec(pathname) ?? [];
    if (request.method === 'POST') return topic === 'act' ? told(async () => (await api()).act(await json(request))) : noPage;
    if (pathname === '/') return opened();
    switch (topic) {
      case 'icon':
        return answer('image/svg+xml', ICON);
      case 'style':
        return answer('text/css', await styleSheet());
      case 'browser':
        return /^[a-z-]+\.js$/.test(rest) ? answer('text/javascript', await browserModule(rest.slice(0, -3))) : noPage;
      case 'health':
        return told(() => healthOf(options.urls.graphql));
      case 'source':
        return source(rest);
      case 'request':
        return told(async () => (await api()).request(rest));
      case 'stop':
        return told(async () => (await api()).stop(searchParams.get('name') ?? '', searchParams.get('reason') ?? ''));
      case 'trace':
        return told(async () => (await api()).trace(rest));
      default:
        return noPage;
    }
  };
}

/** The states of the services, by the gateway's own checks. */
async function healthOf(graphql: string): Promise<unknown> {
  const response = await fetch(new URL('/health/ready', graphql), { signal: AbortSignal.timeout(5_000) });
  return ((await response.json()) as { readonly services: object }).services;
}

async function source(file: string): Promise<Answer> {
  const document = await sourceDocument(file);
  return document === undefined ? noPage : answer('text/html', document);
}

/** The content as JSON, null if there is none; a problem of the request as a message for the page. */
async function told(content: () => Promise<unknown>): Promise<Answer> {
  try {
    return data((await content()) ?? null);
  } catch (error) {
    const { PageError } = await import('./story/accounts.ts');
    const { message } = error as Error;
    return data({ message }, error instanceof PageError ? 400 : 500);
  }
}
