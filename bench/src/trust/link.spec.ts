import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Link } from './link.ts';

const server = createServer((socket) => socket.pipe(socket));
let link: Link;
let client: Socket;

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  link = await Link.start([(server.address() as AddressInfo).port]);
});
afterAll(() => {
  link.stop();
  server.close();
});
beforeEach(async () => {
  client = connect(link.to((server.address() as AddressInfo).port), '127.0.0.1');
  await once(client, 'connect');
});

/** The echo of a text, and the time until it arrived in milliseconds. */
async function echo(text: string): Promise<{ text: string; ms: number }> {
  const began = performance.now();
  client.write(text);
  const [chunk] = (await once(client, 'data')) as [Buffer];
  return { text: chunk.toString(), ms: performance.now() - began };
}

describe('a link', () => {
  it('delivers at once', async () => {
    // A busy machine takes longer, but not each time.
    const times: number[] = [];
    for (let turn = 0; turn < 20; turn += 1) {
      const { text, ms } = await echo('a');
      expect(text).toBe('a');
      times.push(ms);
    }
    expect(Math.min(...times)).toBeLessThan(100);
  });

  it('delays each direction', async () => {
    link.delayMs = 100;
    const { text, ms } = await echo('b');
    link.delayMs = 0;
    expect(text).toBe('b');
    expect(ms).toBeGreaterThanOrEqual(195);
  });

  it('keeps the order when a delay ends', async () => {
    link.delayMs = 100;
    client.write('1');
    await sleep(20);
    link.delayMs = 0;
    client.write('2');
    let text = '';
    while (text.length < 2) text += String(((await once(client, 'data')) as [Buffer])[0]);
    expect(text).toBe('12');
  });

  it('delivers what was sent while it was cut after it is mended', async () => {
    link.cut();
    const echoed = echo('c');
    const isSilent = await Promise.race([echoed.then(() => false), sleep(200, true)]);
    expect(isSilent).toBe(true);
    link.mend();
    expect((await echoed).text).toBe('c');
  });
});
