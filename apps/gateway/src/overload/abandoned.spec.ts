import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually, type TestService, TestWorld } from '@reputable/testing';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const GRAPHQL = '/graphql?query=%7B__typename%7D';

/** Accepts connections, and never answers. */
const hanging = createServer((socket) => socket.on('error', () => undefined));
let gateway: TestService;

beforeAll(async () => {
  hanging.listen(0, '127.0.0.1');
  await once(hanging, 'listening');
  const { port } = hanging.address() as AddressInfo;
  gateway = await (await TestWorld.shared()).start('gateway', { POST_URL: `127.0.0.1:${String(port)}`, DEADLINE_MS: '500' });
});
afterAll(async () => {
  await gateway.stop();
  hanging.close();
});

const get = (path: string, ...headers: string[]) => [`GET ${path} HTTP/1.1`, 'host: localhost', ...headers, '', ''].join('\r\n');

async function open(): Promise<Socket> {
  const socket = connect(gateway.ports.http, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

/** Sends requests in one piece, and resets the connection soon after. */
async function abandon(request: string, count: number): Promise<void> {
  const socket = await open();
  socket.write(request.repeat(count));
  await sleep(20);
  socket.resetAndDestroy();
}

/** The time of a request in milliseconds. */
async function timeOfRequest(): Promise<number> {
  const began = performance.now();
  const { status } = await fetch(`http://127.0.0.1:${String(gateway.ports.http)}${GRAPHQL}`);
  expect(status).toBe(200);
  return performance.now() - began;
}

/** Each request that waits for a place waits for 25 ms or more. On a busy machine others take as long, but not all of them. */
const expectPlaces = () => eventually(async () => expect(await timeOfRequest()).toBeLessThan(20));

it.each([
  ['pipelined requests', get('/api/v1/posts'), 20, 10],
  ['requests that ask for their origin', get(GRAPHQL, 'origin: https://a.example'), 300, 1],
])('%s of clients that have gone take no places from others', async (_name, request, connections, count) => {
  for (let turn = 0; turn < 3; turn += 1) {
    await Promise.all(Array.from({ length: connections }, () => abandon(request, count)));
    await sleep(1_100);
  }
  await expectPlaces();
});
