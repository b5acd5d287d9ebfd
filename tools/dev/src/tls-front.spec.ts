import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openAuthority } from '@reputable/pki';
import { freePort } from '@reputable/postgres';
import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { TlsFront } from './tls-front.ts';

const ARRIVAL_MS = 1_000;
const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';

let dir: string;
let inner: Server;
let port: number;
let front: TlsFront;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'reputable-front-'));
  await (await openAuthority(dir, { trustDomain: 'test' })).ensure('gateway');
  inner = createServer((_, response) => void sleep(100).then(() => response.end('answer')));
  await once(inner.listen(0, '127.0.0.1'), 'listening');
});
afterAll(async () => {
  inner.close();
  inner.closeAllConnections();
  await rm(dir, { recursive: true });
});
beforeEach(async () => {
  port = await freePort();
  front = await TlsFront.start(port, (inner.address() as AddressInfo).port, join(dir, 'gateway'), ARRIVAL_MS);
});
afterEach(() => front.stop());

const open = async (): Promise<Socket> => {
  const socket = connect({ port, host: '127.0.0.1' });
  await once(socket, 'connect');
  return socket;
};

const overTls = async (): Promise<Socket> => {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  return socket;
};

/** How long the front leaves a connection open, in milliseconds. */
const lifetimeOf = async (socket: Socket): Promise<number> => {
  const began = performance.now();
  await once(socket.resume(), 'close');
  return performance.now() - began;
};

describe('the front for https', () => {
  it.each([
    ['sends nothing', ''],
    ['begins a handshake and sends no more', '\x16\x03\x01'],
  ])('ends a connection that %s', async (_, bytes) => {
    const socket = await open();
    if (bytes) socket.write(bytes, 'latin1');
    expect(await lifetimeOf(socket)).toBeLessThan(10 * ARRIVAL_MS);
  });

  it('ends no connection that waits for an answer or a second request', async () => {
    for (const socket of [await open(), await overTls()]) {
      await sleep(ARRIVAL_MS / 4);
      socket.write(REQUEST);
      await once(socket, 'data');
      await sleep(2 * ARRIVAL_MS);
      socket.write(REQUEST);
      await once(socket, 'data');
      socket.destroy();
    }
  });

  it('keeps its certificate if the next one cannot be read', async () => {
    const key = join(dir, 'gateway/tls.key');
    await rename(key, `${key}.old`);
    front.reload();
    await writeFile(key, 'half of a key');
    front.reload();
    await rename(`${key}.old`, key);
    (await overTls()).destroy();
  });
});
