import { afterEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { httpAdapter, type HttpOptions } from './http-adapter.ts';

Logger.overrideLogger(false);

let fastify: FastifyInstance;
let sockets: Socket[] = [];
/** How many connections the server has accepted, closed ones included. */
let accepted = 0;
/** The responses of `/held` wait for it. */
let held = Promise.withResolvers<undefined>();

/** More than the kernel keeps for a connection, in bytes. */
const LARGE = 16 * 1024 ** 2;

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  await fastify.close();
});

async function serve(options: HttpOptions): Promise<void> {
  fastify = httpAdapter(options).getInstance();
  accepted = 0;
  held = Promise.withResolvers();
  fastify.server.on('connection', () => (accepted += 1));
  fastify.all('/', () => ({ served: true }));
  fastify.get('/large', () => 'x'.repeat(LARGE));
  fastify.get('/held', () => held.promise.then(() => ({ served: true })));
  await fastify.listen({ port: 0, host: '127.0.0.1' });
}

const port = () => (fastify.server.address() as AddressInfo).port;

/** Opens a connection and sends a part of a request. */
async function open(part: string): Promise<Socket> {
  const socket = connect(port(), '127.0.0.1').on('error', () => undefined);
  sockets.push(socket);
  await once(socket, 'connect');
  socket.write(part);
  return socket;
}

const closed = (socket: Socket) =>
  new Promise<void>((resolve) => {
    if (socket.closed) resolve();
    else
      socket.resume().once('close', () => {
        resolve();
      });
  });
const healthy = async () => (await fetch(`http://127.0.0.1:${String(port())}/`)).status;

/** Waits until the server has accepted this many connections. */
async function connectionsAccepted(count: number): Promise<void> {
  while (accepted < count) await setTimeout(20);
}

/** Waits until the number of the server's open connections is as expected. */
async function connectionsAre(expected: (open: number) => boolean): Promise<void> {
  while (!expected(await promisify(fastify.server.getConnections.bind(fastify.server))())) await setTimeout(20);
}

const PARTS = [
  ['nothing', ''],
  ['half a header', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Ty'],
  ['half a body', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"a"'],
] as const;

it('closes the connections of 2,000 clients whose requests do not arrive in time, and answers others meanwhile', async () => {
  await serve({ requestTimeout: 5_000 });
  const slow: Socket[] = [];
  // Node lets 511 connections wait to be accepted.
  while (slow.length < 2_000)
    slow.push(...(await Promise.all(Array.from({ length: 200 }, (_, index) => open(PARTS[index % PARTS.length]?.[1] ?? '')))));
  await connectionsAccepted(2_000);
  const started = performance.now();
  const ended = Promise.all(slow.map(closed)).then(() => performance.now() - started);
  for (let turn = 0; turn < 10; turn += 1) {
    expect(await healthy()).toBe(200);
    await setTimeout(50);
  }
  // Five seconds to arrive, and a second until Node looks. A busy machine needs more time.
  expect(await ended).toBeLessThan(30_000);
  expect(await healthy()).toBe(200);
});

it('answers further requests on a connection while it closes', async () => {
  await serve({});
  const begun = once(fastify.server, 'request');
  const socket = await open('GET /held HTTP/1.1\r\nHost: a\r\n\r\n');
  let answers = '';
  socket.on('data', (text) => (answers += String(text)));
  await begun;
  const stopped = fastify.close();
  while (fastify.server.listening) await setTimeout(20);
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  held.resolve(undefined);
  await closed(socket);
  await stopped;
  expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200']);
});

it('refuses connections above the bound, and accepts new ones when others have ended', async () => {
  await serve({ requestTimeout: 10_000, maxConnections: 20 });
  const open20 = await Promise.all(Array.from({ length: 20 }, () => open('')));
  await closed(await open('GET / HTTP/1.1\r\n'));
  await expect(healthy()).rejects.toThrow('fetch failed');
  open20[0]?.destroy();
  await connectionsAre((open) => open < 20);
  expect(await healthy()).toBe(200);
});

describe('a client that does not read', () => {
  /** Much later than the end of these tests, in milliseconds. */
  const LATE_MS = 3_600_000;
  const unread = async () => (await open('GET /large HTTP/1.1\r\nHost: a\r\n\r\n')).pause();
  /** The length of what a client reads until the connection ends. */
  const lengthOf = async (socket: Socket) => ((await socket.toArray()) as Buffer[]).reduce((sum, { length }) => sum + length, 0);

  it('is given up after a time, and one that reads slowly in that time is not', async () => {
    await serve({ deliveryMs: 6_000 });
    const [gone, late] = await Promise.all([unread(), unread()]);
    await setTimeout(1_000);
    late.end();
    expect(await lengthOf(late)).toBeGreaterThan(LARGE);
    await connectionsAre((open) => open === 0);
    expect(await lengthOf(gone).catch(() => 0)).toBeLessThan(LARGE);
    expect(await healthy()).toBe(200);
  });

  it('is given up early with pipelined requests, whose responses wait for the first', async () => {
    await serve({ unreadBytes: 2.5 * LARGE, deliveryMs: LATE_MS });
    const client = (await open('GET /large HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(4))).pause();
    await connectionsAccepted(1);
    await connectionsAre((open) => open === 0);
    expect(await lengthOf(client).catch(() => 0)).toBeLessThan(LARGE);
    expect(await healthy()).toBe(200);
  });

  it('has its time for each response', async () => {
    await serve({ deliveryMs: 6_000 });
    const client = (await open('')).pause();
    for (let turn = 0; turn < 3; turn += 1) {
      client.write('GET /large HTTP/1.1\r\nHost: a\r\n\r\n');
      await setTimeout(2_200);
      for (let length = 0; length < LARGE;) {
        const chunk = client.read() as Buffer | null;
        if (chunk === null) await once(client, 'readable');
        else length += chunk.length;
      }
    }
    expect(client.destroyed).toBe(false);
  });

  it('is given up early if all together leave too much unread', async () => {
    await serve({ unreadBytes: 2.5 * LARGE, deliveryMs: LATE_MS });
    const clients = await Promise.all(Array.from({ length: 8 }, unread));
    await connectionsAccepted(8);
    await connectionsAre((open) => open <= 3);
    const lengths = await Promise.all(clients.map((client) => lengthOf(client.end()).catch(() => 0)));
    const complete = lengths.filter((length) => length > LARGE);
    expect([1, 2, 3]).toContain(complete.length);
    expect(await healthy()).toBe(200);
  });
});
