import { create, toBinary } from '@bufbuild/protobuf';
import { credentials, type sendUnaryData, Server, ServerCredentials, type ServerOptions } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from '@jest/globals';
import { GetUserResponseSchema, UserService } from '@reputable/contracts/user/v1/user';
import type { DomainError } from '@reputable/errors';
import { eventually, PATIENCE_MS } from '@reputable/testing';
import { type ChildProcess, fork } from 'node:child_process';
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openClient } from './client.ts';

/** A DNS server (RFC 1035) that answers each question for IPv4 addresses with `addresses`. */
class NameServer {
  addresses: readonly string[] = [];
  readonly #socket: UdpSocket = createSocket('udp4');

  async start(): Promise<number> {
    this.#socket.on('message', (query, { port, address }) => this.#socket.send(this.#answerTo(query), port, address));
    await once(this.#socket.bind(0, '127.0.0.1'), 'listening');
    return this.#socket.address().port;
  }

  stop(): void {
    this.#socket.close();
  }

  /** The question follows a header of 12 bytes: the labels of the name, an empty one, then type and class. */
  #answerTo(query: Buffer): Buffer {
    const end = query.indexOf(0, 12) + 5;
    const addresses = query.readUInt16BE(end - 4) === A ? this.addresses : [];
    const header = Buffer.alloc(12);
    for (const [index, field] of [query.readUInt16BE(0), RESPONSE, 1, addresses.length].entries()) header.writeUInt16BE(field, 2 * index);
    // The name by its place in the message, type A, class IN, a lifetime of 0 seconds, and 4 bytes.
    const records = addresses.map((address) => Buffer.from([0xc0, 12, 0, A, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split('.').map(Number)]));
    return Buffer.concat([header, query.subarray(12, end), ...records]);
  }
}

/** The type of a question for IPv4 addresses. */
const A = 1;

/** The flags of a response without an error. */
const RESPONSE = 0x8180;

/** Longer than three seconds, the pause between keepalive pings that clients of grpc-js often have. */
const LONG_MS = 4_000;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const identity = { credentialsFor: () => credentials.createInsecure(), onChange: () => () => undefined };

/** Accepts no more calls, and waits for those in progress. */
const stop = (server: Server) => new Promise<void>((resolve, reject) => server.tryShutdown((error) => (error ? reject(error) : resolve())));

/** A server whose users all have the address as their name. */
async function serve(address: string, port = 0, { delayMs = 5, ...options }: { delayMs?: number } & ServerOptions = {}) {
  let calls = 0;
  const server = new Server(options);
  const bytes = (value: Buffer) => value;
  const codec = { requestSerialize: bytes, requestDeserialize: bytes, responseSerialize: bytes, responseDeserialize: bytes };
  const rpc = (name: string) => ({ path: `/${UserService.typeName}/${name}`, requestStream: false, responseStream: false, ...codec });
  const answer = Buffer.from(toBinary(GetUserResponseSchema, create(GetUserResponseSchema, { user: { displayName: address } })));
  const handle = (_: unknown, callback: sendUnaryData<Buffer>) => {
    calls += 1;
    setTimeout(callback, Math.random() * delayMs, null, answer);
  };
  server.addService({ GetUser: rpc('GetUser'), UpdateProfile: rpc('UpdateProfile') }, { GetUser: handle, UpdateProfile: handle });
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${address}:${port}`, ServerCredentials.createInsecure(), (error, result) =>
      error ? reject(error) : resolve(result),
    );
  });
  closing.push(() => server.forceShutdown());
  return { port: bound, server, calls: () => calls };
}

/** Forwards connections to a port, until it is lost: then nothing arrives any more, and connections stay open. */
async function losable(port: number) {
  const sockets: Socket[] = [];
  const proxy = createServer((socket) => {
    const upstream = connect(port, '127.0.0.1');
    sockets.push(socket, upstream);
    socket
      .on('error', () => undefined)
      .pipe(upstream.on('error', () => undefined))
      .pipe(socket);
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  const lose = () => {
    proxy.close();
    for (const socket of sockets) socket.unpipe().pause();
  };
  closing.push(() => {
    proxy.close();
    for (const socket of sockets) socket.destroy();
  });
  return { port: (proxy.address() as AddressInfo).port, lose };
}

/** The answers that a client process receives, one after the other. */
function answersOf(client: ChildProcess): string[] {
  const answers: string[] = [];
  client.on('message', (answer: string) => answers.push(answer));
  return answers;
}

/** Waits until the client has answers of all these servers, and of no other, among its next twenty. */
async function onlyFrom(client: ChildProcess, answers: string[], ...servers: string[]): Promise<void> {
  answers.length = 0;
  for (let last = new Set<string>(); answers.length < 20 || last.size !== servers.length || !servers.every((server) => last.has(server));) {
    await once(client, 'message');
    last = new Set(answers.slice(-20));
    expect(answers.filter((answer) => answer.startsWith('failed'))).toEqual([]);
  }
}

describe('a client of several replicas', () => {
  // Other systems have one address of this machine.
  (process.platform === 'linux' ? it : it.skip)(
    'follows the addresses of the name: added replicas get calls, and removed ones get none',
    async () => {
      const [first, second, third] = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];
      const { port, server } = await serve(first);
      await serve(second, port);
      const names = new NameServer();
      const namePort = await names.start();
      closing.push(() => names.stop());
      names.addresses = [first];

      const program = fileURLToPath(new URL('name-resolution.fixture.ts', import.meta.url));
      const env = { GRPC_NODE_USE_ALTERNATIVE_RESOLVER: 'true' };
      const execArgv = ['--import', import.meta.resolve('@reputable/run')];
      const client = fork(program, [`dns://127.0.0.1:${String(namePort)}/user:${String(port)}`], { env, execArgv });
      closing.push(() => client.kill());
      const answers = answersOf(client);

      await onlyFrom(client, answers, first);
      names.addresses = [first, second];
      await onlyFrom(client, answers, first, second);
      await serve(third, port);
      names.addresses = [second, third];
      await onlyFrom(client, answers, second, third);
      // The client has no connection to it any more.
      await stop(server);
      await onlyFrom(client, answers, second, third);
    },
  );

  it('fails no write when they stop in turn: it places calls again that the server has not received', async () => {
    const servers = [await serve('127.0.0.1'), await serve('127.0.0.1')];
    const url = `ipv4:${servers.map(({ port }) => `127.0.0.1:${String(port)}`).join()}`;
    const { client, close } = openClient({ contract: UserService, service: 'user', url, deadlineMs: PATIENCE_MS }, identity);
    closing.push(close);
    let isOver = false;
    let calls = 0;
    const callers = Array.from({ length: 50 }, async () => {
      for (; !isOver; calls += 1) await client.updateProfile({ displayName: 'Ada' });
    });
    const restarts = (async () => {
      for (let turn = 0; turn < 10; turn += 1) {
        const [{ server, port }] = servers.splice(0, 1) as [(typeof servers)[number]];
        await stop(server);
        const next = await serve('127.0.0.1', port);
        servers.push(next);
        // The client connects again within half a second.
        while (next.calls() === 0) await sleep(10);
      }
    })().finally(() => {
      isOver = true;
    });
    await Promise.all([...callers, restarts]);
    expect(calls).toBeGreaterThan(500);
  });

  it.each([
    ['ends because of its age', {}, { 'grpc.max_connection_age_ms': 200 }],
    ['is replaced by the client', { connectionAgeMs: 100 }, {}],
  ])('fails no write whose connection %s, however long the write takes', async (_, config, options) => {
    const { port } = await serve('127.0.0.1', 0, { ...options, delayMs: LONG_MS });
    const url = `127.0.0.1:${String(port)}`;
    const { client, close } = openClient({ contract: UserService, service: 'user', url, deadlineMs: PATIENCE_MS, ...config }, identity);
    closing.push(close);
    const writes = Array.from({ length: 40 }, async (__, n) => {
      await sleep(n * 20);
      await client.updateProfile({ displayName: 'Ada' });
    });
    await Promise.all(writes);
  });

  it('gets no more calls to a host that is lost after the first deadline', async () => {
    const servers = [await serve('127.0.0.1'), await serve('127.0.0.1')] as const;
    const host = await losable(servers[0].port);
    const url = `ipv4:127.0.0.1:${String(host.port)},127.0.0.1:${String(servers[1].port)}`;
    const { client, close } = openClient({ contract: UserService, service: 'user', url, deadlineMs: 1_000 }, identity);
    closing.push(close);
    const call = () =>
      client.getUser({}).then(
        () => 'answered',
        (error: unknown) => (error as DomainError).reason,
      );
    await eventually(async () => {
      await call();
      expect(servers.map(({ calls }) => calls() > 0)).toEqual([true, true]);
    });
    // A client does not connect again within three seconds.
    await sleep(3_000);
    host.lose();
    const outcomes = new Set(await Promise.all([call(), call()]));
    expect(outcomes).toEqual(new Set(['answered', 'DEADLINE_EXCEEDED']));
    await eventually(async () => expect(await Promise.all(Array.from({ length: 20 }, call))).toEqual(Array(20).fill('answered')));
  });

  it('tries twice a second to connect to one that is down: the next one to stop serves for a second', async () => {
    const attempts: number[] = [];
    const server = createServer((socket) => {
      attempts.push(performance.now());
      socket.destroy();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    closing.push(() => server.close());
    const url = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    const { client, close } = openClient({ contract: UserService, service: 'user', url }, identity);
    closing.push(close);
    await expect(client.getUser({})).rejects.toMatchObject({ reason: 'SERVICE_UNAVAILABLE' });
    while (attempts.length < 9) await once(server, 'connection');
    const pauses = attempts.slice(-4).map((at, index, last) => at - (last[index - 1] ?? NaN));
    // By 500 ms, and a fifth more or less. A busy machine is late, but not each time.
    expect(Math.min(...pauses.slice(1))).toBeLessThan(700);
  });
});
