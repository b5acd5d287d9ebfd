import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GRPC_SERVICES, type GrpcServiceName } from '@reputable/contracts/registry';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Playground } from './playground.ts';

/** Nothing listens there. */
const PORTS = Object.fromEntries(GRPC_SERVICES.map((name) => [name, 1])) as Record<GrpcServiceName, number>;

let folder: string;
let playground: Playground;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'playground-'));
  playground = await Playground.start({
    socket: join(folder, 'page.sock'),
    inside: { ports: PORTS, pki: { dir: folder, rootPem: '' } },
    urls: { graphql: 'http://localhost:1/graphql', mailbox: 'http://localhost:1' },
    traces: undefined,
    accounts: [{ email: 'ada@example.com', displayName: '<Ada>', roles: [], reputation: 1 }],
    demo: () => Promise.resolve(undefined),
    rotateKey: () => Promise.reject(new Error('Not here.')),
  });
});
afterAll(async () => {
  await playground.stop();
  await rm(folder, { recursive: true });
});

async function ask(path: string, command?: object) {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request({ socketPath: playground.options.socket, path, method: command ? 'POST' : 'GET' }, resolve);
    sent.on('error', reject).end(command && JSON.stringify(command));
  });
  return { status: answer.statusCode, headers: answer.headers, body: await text(answer) };
}

describe('the page at /', () => {
  it('is served by a socket of its owner alone', async () => {
    expect((await stat(playground.options.socket)).mode & 0o777).toBe(0o600);
  });

  it('has no inline script or style, and a policy that allows its own origin only', async () => {
    const { headers, body } = await ask('/');
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self'; /);
    expect(headers['content-security-policy']).not.toMatch(/unsafe|https?:/);
    expect(body.match(/<script(?! type="module" src="\/)|<style| style=| on\w+=/)).toBeNull();
    expect(body).toContain('&lt;Ada&gt;');
  });

  it.each(['main', 'api', 'element', 'layout', 'picture', 'result', 'trace-list'])('serves its script %s as JavaScript', async (name) => {
    const { headers, body } = await ask(`/playground/browser/${name}.js`);
    expect(headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(body).not.toMatch(/\.ts['"]|: string/);
  });

  it.each(['/playground/browser/../api.js', '/playground/browser/%2e%2e/api.js', '/playground/source/package.json', '/playground', '/x'])(
    'has nothing at %s',
    async (path) => {
      expect((await ask(path)).status).toBe(404);
    },
  );
});

describe('a command', () => {
  it.each([
    [{ kind: 'request', name: 'vote', as: 'eve' }, 'There is no demo account \\"eve\\". Choose one of ada.'],
    [{ kind: 'request', name: 'vote', as: 'ada' }, 'The demo accounts do not exist yet.'],
    [{ kind: 'request', name: 'drop', as: 'ada' }, 'There is no action \\"drop\\".'],
    [{ kind: 'attack', name: 'toString', as: 'ada' }, 'There is no action \\"toString\\".'],
    [{ kind: 'eval', name: 'x', as: 'ada' }, 'The command needs a kind, a name and an account.'],
    [{}, 'The command needs a kind, a name and an account.'],
  ])('%j is refused: %s', async (command, message) => {
    const { status, body } = await ask('/playground/act', command);
    expect([status, body]).toEqual([400, expect.stringContaining(message)]);
  });

  it('that fails is an error with a message', async () => {
    expect(await ask('/playground/act', { kind: 'rotate-key', name: '', as: '' })).toMatchObject({
      status: 500,
      body: '{"message":"Not here."}',
    });
  });
});
