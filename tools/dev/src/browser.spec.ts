import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Browser } from './browser.ts';

describe('a browser', () => {
  it('keeps cookies until they are taken back, follows redirects, and sends the form of a page', async () => {
    const seen: string[] = [];
    const server = createServer((request, response) => {
      const { method = '', url = '', headers } = request;
      seen.push([method, url, headers.cookie, headers.origin].filter(Boolean).join(' '));
      if (url === '/') response.writeHead(303, { location: '/page', 'set-cookie': ['a=1; Path=/', 'b=2'] }).end();
      else if (url === '/page') response.writeHead(200, { 'set-cookie': 'a=; Max-Age=0' }).end('<form method="post" action="/sent">');
      else response.end('done');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    const browser = new Browser();
    const last = await browser.submit(await browser.open(origin), { name: 'Ada' });
    expect([last.url, last.text]).toEqual([`${origin}/sent`, 'done']);
    expect(seen).toEqual(['GET /', 'GET /page a=1; b=2', `POST /sent b=2 ${origin}`]);
    server.close();
    server.closeAllConnections();
  });

  it('sends the values that a form has at first, ticked boxes, and another form by its action', async () => {
    const page = {
      url: '',
      status: 200,
      title: '',
      text:
        '<form method="post" action="/one"><input type="hidden" name="a" value="1" /><input type="checkbox" name="b" value="2" checked />' +
        '<input type="checkbox" name="c" value="3" /><input type="checkbox" name="d" value="4" checked /></form>' +
        '<form method="post" action="/two"><button>Go</button></form>',
    };
    const server = createServer((request, response) => {
      void text(request).then((body) => response.end(`<title>${request.url ?? ''} ${body} – Reputable</title>`));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const shown = { ...page, url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/` };
    const browser = new Browser();
    expect((await browser.submit(shown, { d: null, e: '5' })).title).toBe('/one a=1&b=2&e=5');
    expect((await browser.submit(shown, {}, 'two')).title).toBe('/two ');
    server.close();
    server.closeAllConnections();
  });
});
