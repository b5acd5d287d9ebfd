import { create, toBinary } from '@bufbuild/protobuf';
import { AnySchema } from '@bufbuild/protobuf/wkt';
import { credentials, Metadata, type sendUnaryData, Server, ServerCredentials, type ServerUnaryCall, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { StatusSchema } from '@reputable/contracts/google/rpc';
import { GetUserResponseSchema, UpdateProfileRequestSchema, UserService } from '@reputable/contracts/user/v1/user';
import { toStatus, internal } from '@reputable/errors';
import { PATIENCE_MS } from '@reputable/testing';
import { overloaded, tokenExpired } from '../access/denials.ts';
import { type CallContext, runInCall } from './call-context.ts';
import type { Client } from '../contract/client.ts';
import { openClient } from './client.ts';
import { DEADLINE_MS } from './unary-call.ts';

type Handler = (call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>) => void;

const aUser = Buffer.from(toBinary(GetUserResponseSchema, create(GetUserResponseSchema, { user: { displayName: 'Ada' } })));
const unavailable: Handler = (_call, callback) => {
  calls += 1;
  callback({ code: status.UNAVAILABLE });
};

const overload: Handler = (_call, callback) => {
  calls += 1;
  callback(toStatus(overloaded()));
};

/** Its type says ErrorInfo, and its value is no message. */
const ofWrongForm = create(AnySchema, {
  typeUrl: 'type.googleapis.com/google.rpc.ErrorInfo',
  value: Buffer.from('garbage'),
});

const server = new Server();
let client: Client<typeof UserService>;
/** One with a deadline that a busy machine meets. */
let patient: Client<typeof UserService>;
const closing: (() => void)[] = [];
let url: string;
let handle: Handler;
let calls = 0;

beforeAll(async () => {
  const bytes = (value: Buffer) => value;
  const codec = { requestSerialize: bytes, requestDeserialize: bytes, responseSerialize: bytes, responseDeserialize: bytes };
  const rpcs = ['GetUser', 'GetClaims', 'UpdateProfile', 'ApplyReputation'].map(
    (name) => [name, { path: `/${UserService.typeName}/${name}`, requestStream: false, responseStream: false, ...codec }] as const,
  );
  const answer: Handler = (call, callback) => {
    handle(call, callback);
  };
  server.addService(Object.fromEntries(rpcs), Object.fromEntries(rpcs.map(([name]) => [name, answer])));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('localhost:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  url = `localhost:${String(port)}`;
  [client, patient] = [open(url), open(url, { deadlineMs: PATIENCE_MS })];
});

afterAll(() => {
  for (const close of closing) close();
  server.forceShutdown();
});

function open(target: string, options: { readonly deadlineMs?: number } = {}): Client<typeof UserService> {
  const identity = { credentialsFor: () => credentials.createInsecure(), onChange: () => () => undefined };
  const opened = openClient({ contract: UserService, service: 'user', url: target, ...options }, identity);
  closing.push(opened.close);
  return opened.client;
}

beforeEach(() => {
  calls = 0;
});

const context = (deadline: number, authorization = 'Bearer token') =>
  ({ user: undefined, peer: undefined, token: { authorization }, deadline }) as unknown as CallContext;

/** The token and the deadline of the call that `place` places. */
const received = async (place: () => Promise<unknown>) => {
  const result = Promise.withResolvers<{ token: unknown[]; deadline: number }>();
  handle = (call, callback) => {
    result.resolve({ token: call.metadata.get('authorization'), deadline: Number(call.getDeadline()) });
    callback(null, aUser);
  };
  await place();
  return result.promise;
};

describe('a text that is half of a surrogate pair', () => {
  it('is refused before the call, with the name of the field: UTF-8 cannot encode it, and the service would store another text', async () => {
    handle = unavailable;
    await expect(client.updateProfile({ displayName: 'Ada \ud83d' })).rejects.toMatchObject({
      reason: 'INVALID_FIELD',
      violations: [{ field: 'display_name', description: 'Must be valid Unicode: it has half of a surrogate pair.' }],
    });
    await expect(client.getUser({ id: '\udc00' })).rejects.toMatchObject({ violations: [{ field: 'id' }] });
    expect(calls).toBe(0);
  });

  it('is not the replacement character', async () => {
    handle = unavailable;
    await expect(client.updateProfile({ displayName: 'Ada \ufffd' })).rejects.toMatchObject({ reason: 'SERVICE_UNAVAILABLE' });
    expect(calls).toBe(1);
  });
});

describe('a call carries', () => {
  it("the user's token", async () => {
    expect((await received(() => runInCall(context(Infinity), () => client.getUser({})))).token).toEqual(['Bearer token']);
  });

  it.each(['Bearer token ', ' Bearer token', 'Bearer token\t'])(
    'no token with a space at its edge, %j, which grpc-js would drop',
    async (authorization) => {
      handle = (_call, callback) => {
        calls += 1;
        callback(null, aUser);
      };
      await expect(runInCall(context(Infinity, authorization), () => client.getUser({}))).rejects.toMatchObject({
        reason: 'TOKEN_INVALID',
      });
      expect(calls).toBe(0);
    },
  );

  it('no token to an rpc with the rule `service`, nor outside a call', async () => {
    expect((await received(() => runInCall(context(Infinity), () => client.getClaims({})))).token).toEqual([]);
    expect((await received(() => client.getUser({}))).token).toEqual([]);
  });

  it('a token of its own if it is a write, and the token for reads is for reads alone', async () => {
    const paths: string[] = [];
    const requests: Uint8Array[] = [];
    const forWrite = (path: string, request: Uint8Array) => {
      paths.push(path);
      requests.push(request);
      return Promise.resolve('Bearer for a write');
    };
    let forReads: () => string | Promise<string> = () => Promise.resolve('Bearer for reads, requested');
    const token = { authorization: 'Bearer for no service', outgoing: { forReads: () => forReads(), forWrite } };
    const soon = Date.now() + PATIENCE_MS / 2;
    const inside = { ...context(soon), token } as unknown as CallContext;
    const tokenIn = async (place: () => Promise<unknown>) => (await received(() => runInCall(inside, place))).token;
    expect(await tokenIn(() => patient.getUser({}))).toEqual(['Bearer for reads, requested']);
    forReads = () => 'Bearer for reads';
    expect(await tokenIn(() => patient.getUser({}))).toEqual(['Bearer for reads']);
    expect(await tokenIn(() => patient.getClaims({}))).toEqual([]);
    expect(paths).toEqual([]);
    const write = await received(() => runInCall(inside, () => patient.updateProfile({ displayName: 'Ada' })));
    expect(requests).toEqual([
      Buffer.from(toBinary(UpdateProfileRequestSchema, create(UpdateProfileRequestSchema, { displayName: 'Ada' }))),
    ]);
    expect([write.token, paths]).toEqual([['Bearer for a write'], ['/reputable.user.v1.UserService/UpdateProfile']]);
    expect(Math.abs(write.deadline - soon)).toBeLessThan(PATIENCE_MS / 4);
  });

  it('nothing, and is not placed, if there is no token for it', async () => {
    handle = (_call, callback) => {
      calls += 1;
      callback(null, aUser);
    };
    const refused = () => Promise.reject(tokenExpired());
    const token = { authorization: 'Bearer for no service', outgoing: { forReads: refused, forWrite: refused } };
    const inside = { ...context(Infinity), token } as unknown as CallContext;
    const placed: (() => Promise<unknown>)[] = [() => client.updateProfile({}), () => client.getUser({})];
    for (const place of placed) await expect(runInCall(inside, place)).rejects.toMatchObject({ reason: 'TOKEN_EXPIRED' });
    expect(calls).toBe(0);
  });

  it('the deadline of the current call, if it is earlier than its own', async () => {
    // The server adds what is left of the time to the time of the arrival, which is late on a busy machine.
    const early = 50;
    const soon = Date.now() + PATIENCE_MS / 2;
    const { deadline } = await received(() => runInCall(context(soon), () => patient.getUser({})));
    expect(deadline).toBeGreaterThan(soon - early);
    expect(deadline).toBeLessThan(soon + PATIENCE_MS / 2 - early);
    const placedAt = Date.now();
    const own = await received(() => runInCall(context(Infinity), () => client.getUser({})));
    expect(own.deadline).toBeGreaterThan(placedAt + DEADLINE_MS - early);
    expect(own.deadline).toBeLessThan(Date.now() + DEADLINE_MS + early);
  });
});

describe('a call', () => {
  it('resolves with the message', async () => {
    handle = (_call, callback) => {
      callback(null, aUser);
    };
    expect((await client.getUser({})).user?.displayName).toBe('Ada');
  });

  it("rejects with the service's error", async () => {
    handle = (_call, callback) => {
      callback(toStatus(internal()));
    };
    await expect(client.updateProfile({})).rejects.toMatchObject({ code: status.INTERNAL, reason: 'INTERNAL' });
  });

  it('rejects at the deadline', async () => {
    handle = () => undefined;
    const soon = context(Date.now() + 100);
    await expect(runInCall(soon, () => client.getUser({}))).rejects.toMatchObject({
      reason: 'DEADLINE_EXCEEDED',
      metadata: { service: 'user' },
    });
  });

  it('rejects with the advice to look first, if it is a write that may have been done', async () => {
    handle = () => undefined;
    await expect(runInCall(context(Date.now() + 100), () => client.updateProfile({}))).rejects.toMatchObject({
      message: 'The user service did not answer in time. The change may have been made. Check before you try again.',
      metadata: { service: 'user', retry: 'unsafe' },
    });
    handle = unavailable;
    await expect(client.updateProfile({})).rejects.toMatchObject({ metadata: { service: 'user', retry: 'unsafe' } });
  });

  it('rejects with the advice to try again, if it is a write that was not sent', async () => {
    await expect(open('localhost:1').updateProfile({})).rejects.toMatchObject({
      message: 'The user service cannot be reached. Try again.',
      metadata: { service: 'user' },
    });
  });

  it.each([
    ['no protobuf', Buffer.from('garbage')],
    ['a detail of a wrong form', Buffer.from(toBinary(StatusSchema, create(StatusSchema, { details: [ofWrongForm] })))],
  ])('rejects if the details of the error are %s', async (_, details) => {
    handle = (_call, callback) => {
      const metadata = new Metadata();
      metadata.set('grpc-status-details-bin', details);
      callback({ code: status.NOT_FOUND, metadata });
    };
    await expect(patient.getUser({})).rejects.toMatchObject({ reason: 'INTERNAL' });
  });

  it('rejects if the response is no message of the contract', async () => {
    handle = (_call, callback) => {
      callback(null, Buffer.from([0xff]));
    };
    await expect(client.getUser({})).rejects.toThrow();
  });

  it('is retried if it is a read and the service is unavailable', async () => {
    handle = unavailable;
    await expect(client.getUser({})).rejects.toMatchObject({ reason: 'SERVICE_UNAVAILABLE' });
    expect(calls).toBe(3);
  });

  it('is retried if it is an idempotent write, which needs no look first', async () => {
    handle = unavailable;
    await expect(client.applyReputation({})).rejects.toMatchObject({
      message: 'The user service cannot be reached. Try again.',
      metadata: { service: 'user' },
    });
    expect(calls).toBe(3);
  });

  it('is not retried if the service has too many calls: that would add to them', async () => {
    handle = overload;
    await expect(client.getUser({})).rejects.toMatchObject({ reason: 'OVERLOADED', metadata: { retryAfter: '1' } });
    await expect(client.applyReputation({})).rejects.toMatchObject({ reason: 'OVERLOADED' });
    expect(calls).toBe(2);
  });

  it('is not retried any more in an outage: after 500 failed attempts', async () => {
    handle = unavailable;
    // grpc-js counts the attempts at a target, so this target is not that of the other tests.
    const target = open(`dns:${url}`);
    const failing = (count: number) => Promise.allSettled(Array.from({ length: count }, () => target.getUser({})));
    await failing(300);
    calls = 0;
    await failing(100);
    expect(calls).toBe(100);
  });

  it('is not retried if it is another write', async () => {
    handle = unavailable;
    await expect(client.updateProfile({})).rejects.toMatchObject({ reason: 'SERVICE_UNAVAILABLE' });
    expect(calls).toBe(1);
  });
});
