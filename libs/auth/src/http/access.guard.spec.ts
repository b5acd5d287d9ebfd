import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Controller, Get, Headers, type INestApplication, Logger, Module, Param, Post, Sse, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { EventPattern, GrpcMethod, MessagePattern, Transport } from '@nestjs/microservices';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Code, DomainError, internal } from '@reputable/errors';
import { request } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { of } from 'rxjs';
import type { AuthenticatedUser } from '../access/authenticated-user.ts';
import { reputationTooLow } from '../access/denials.ts';
import { AuthModule, type AuthOptions } from '../auth.module.ts';
import { currentCall, currentUser } from '../call/call-context.ts';
import { CurrentUser, OptionalUser } from '../call/current-user.ts';
import { TokenRevocations } from '../revocation/token-revocations.ts';
import { aUser, TestIssuer } from '../testing/index.ts';
import { TokenVerifier } from '../token/token-verifier.ts';
import { Access, ruleOfHandler } from './access.decorator.ts';
import { AccessGuard } from './access.guard.ts';
import { RefusalLog } from '../refusal/refusal-log.ts';

let handled = 0;

@Controller('posts')
class PostController {
  @Access('anyone')
  @Get()
  list(@OptionalUser() user?: AuthenticatedUser) {
    handled += 1;
    return { user: user?.id ?? 'nobody' };
  }

  @Access({})
  @Get('mine')
  async mine(@CurrentUser() user: AuthenticatedUser, @Headers('x-wait') wait = '0') {
    handled += 1;
    await setTimeout(Number(wait));
    return { user: user.id, later: currentUser()?.id, forwarded: currentCall()?.token?.authorization };
  }

  @Access({ minReputation: 15, scopes: ['votes:write'] })
  @Post(':id/upvote')
  upvote(@Param('id') id: string, @CurrentUser() user: AuthenticatedUser) {
    handled += 1;
    if (id === 'locked') throw reputationTooLow(2_000, user.reputation, 'This post');
    if (id === 'missing') throw new DomainError(Code.NOT_FOUND, 'POST_NOT_FOUND', 'Post missing does not exist.', { id });
    return { id };
  }

  @Access({ anyRole: ['MODERATOR', 'ADMIN'] })
  @Post(':id/close')
  close() {
    handled += 1;
    return {};
  }

  @Access({})
  @Sse('events')
  events(@CurrentUser() user: AuthenticatedUser) {
    handled += 1;
    return of({ data: user.id });
  }
}

let issuer: TestIssuer;
const revocations = new TokenRevocations();
const apps: INestApplication[] = [];

beforeAll(async () => {
  jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
  revocations.apply([]);
  issuer = await TestIssuer.start({ audience: ['posts'] });
});
afterAll(async () => {
  for (const app of apps) await app.close();
  revocations.close();
  await issuer.stop();
  jest.restoreAllMocks();
});

const adapters: [string, () => ExpressAdapter | FastifyAdapter][] = [
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
];

interface Classes {
  readonly controllers?: readonly Type[];
  readonly providers?: readonly Type[];
}

/** Creates an app of these classes, secured by AuthModule. */
async function createApp({ controllers = [], providers = [] }: Classes, adapter = adapters[1]?.[1], options: Partial<AuthOptions> = {}) {
  const auth = AuthModule.forHttp({
    service: 'posts',
    issuer: issuer.url,
    known: { roles: ['MODERATOR', 'ADMIN'], scopes: ['votes:write'], services: [] },
    revocations: { from: 'here', revocations },
    ...options,
  });
  class AppModule {}
  Module({ imports: [auth], controllers: [...controllers], providers: [...providers] })(AppModule);
  const app = await NestFactory.create(AppModule, adapter?.() as ExpressAdapter, { logger: false, abortOnError: false });
  apps.push(app);
  return app;
}

describe.each(adapters)('a handler with @Access, on %s', (_name, adapter) => {
  let app: INestApplication;
  let url: string;

  beforeAll(async () => {
    app = await createApp({ controllers: [PostController] }, adapter);
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });

  /** Sends a request. The status, the body and the challenge of the response. */
  async function send(method: string, path: string, authorization?: string, headers: Record<string, string> = {}) {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...headers, ...(authorization !== undefined && { authorization }) },
    });
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      challenge: response.headers.get('www-authenticate'),
      body: (await response.json()) as Record<string, unknown>,
    };
  }

  const bearer = async (...args: Parameters<TestIssuer['tokenFor']>) => `Bearer ${await issuer.tokenFor(...args)}`;

  it('for anyone gets the user, if there is one', async () => {
    const user = aUser();
    expect(await send('GET', '/posts')).toMatchObject({ status: 200, body: { user: 'nobody' } });
    expect(await send('GET', '/posts', await bearer(user))).toMatchObject({ status: 200, body: { user: user.id } });
  });

  it('for users gets the user, and the token for calls to services, after a wait too', async () => {
    const users = Array.from({ length: 5 }, () => aUser());
    const answers = users.map(async (user, index) => {
      const authorization = await bearer(user);
      const { body } = await send('GET', '/posts/mine', authorization, { 'x-wait': String(20 - 4 * index) });
      expect(body).toEqual({ user: user.id, later: user.id, forwarded: authorization });
    });
    await Promise.all(answers);
  });

  it('is not called without a token', async () => {
    const before = handled;
    expect(await send('POST', '/posts/7/upvote')).toEqual({
      status: 401,
      type: expect.stringMatching(/^application\/problem\+json/),
      challenge: 'Bearer',
      body: {
        title: 'Unauthorized',
        status: 401,
        detail: 'Log in first: this needs an access token.',
        code: 'UNAUTHENTICATED',
        reason: 'TOKEN_MISSING',
        domain: 'reputable.access.v1',
        metadata: {},
      },
    });
    expect(handled).toBe(before);
  });

  it('is not called by a user who lacks reputation, a role or a scope', async () => {
    const before = handled;
    expect(await send('POST', '/posts/7/upvote', await bearer(aUser({ reputation: 14 })))).toMatchObject({
      status: 403,
      challenge: null,
      body: { reason: 'REPUTATION_TOO_LOW', metadata: { required: '15', actual: '14' }, detail: 'This needs 15 reputation; you have 14.' },
    });
    expect(await send('POST', '/posts/7/close', await bearer(aUser({ roles: ['EDITOR'] })))).toMatchObject({
      status: 403,
      body: { reason: 'ROLE_MISSING', metadata: { required: 'MODERATOR,ADMIN' } },
    });
    expect(await send('POST', '/posts/7/upvote', await bearer(aUser({ reputation: 15, scopes: ['posts:read'] })))).toMatchObject({
      status: 403,
      challenge: 'Bearer error="insufficient_scope", scope="votes:write"',
      body: { reason: 'SCOPE_MISSING' },
    });
    expect(handled).toBe(before);
  });

  it('is called by a user who satisfies the rule', async () => {
    expect((await send('POST', '/posts/7/upvote', await bearer(aUser({ reputation: 15 })))).status).toBe(201);
    expect((await send('POST', '/posts/7/close', await bearer(aUser({ roles: ['ADMIN'] })))).status).toBe(201);
  });

  it.each<[string, () => string | Promise<string>]>([
    ['nonsense', () => 'Bearer nonsense'],
    ['another scheme', () => 'Basic YWRtaW46YWRtaW4='],
    ['an empty header', () => ''],
    ['a token for another service', () => bearer(aUser(), { aud: 'billing' })],
    ['a token of another issuer', () => bearer(aUser(), { iss: 'https://id.example' })],
    ['an ID token', () => bearer(aUser(), {}, { typ: 'JWT' })],
    ['an expired token', () => bearer(aUser(), { iat: 1, exp: 2 })],
    ['an unsigned token', async () => `Bearer ${(await issuer.tokenFor(aUser())).replace(/[^.]+$/, '')}`],
  ])('is not called with %s, even if anyone may call', async (_, authorization) => {
    const before = handled;
    const refused = await send('GET', '/posts', await authorization());
    expect(refused).toMatchObject({
      status: 401,
      challenge: expect.stringMatching(/^Bearer error="invalid_token", error_description="The access token/),
    });
    expect(handled).toBe(before);
  });

  it('is not called with two Authorization headers', async () => {
    const status = await new Promise((resolve, reject) => {
      void Promise.all([bearer(aUser()), bearer(aUser({ reputation: 15 }))]).then(([one, two]) => {
        const raw = ['Host', new URL(url).host, 'Authorization', one, 'Authorization', two];
        request(`${url}/posts`, { headers: raw }, (response) => resolve(response.resume().statusCode))
          .on('error', reject)
          .end();
      });
    });
    expect(status).toBe(401);
  });

  it('is not called with a revoked token', async () => {
    const user = aUser();
    const authorization = await bearer(user);
    expect((await send('GET', '/posts/mine', authorization)).status).toBe(200);
    revocations.apply([{ subject: 'user', id: user.id, issuedBefore: Date.now() + 1_000, expiresAt: Date.now() + 300_000 }]);
    expect(await send('GET', '/posts/mine', authorization)).toMatchObject({ status: 401, body: { reason: 'TOKEN_REVOKED' } });
  });

  it('is not called for identity in other headers', async () => {
    const headers = {
      'x-user-id': 'admin',
      'x-roles': 'ADMIN',
      'x-forwarded-user': 'admin',
      'x-forwarded-client-cert': 'URI=spiffe://td/gateway',
    };
    expect((await send('POST', '/posts/7/close', undefined, headers)).body.reason).toBe('TOKEN_MISSING');
  });

  it('of server-sent events gets the user', async () => {
    const user = aUser();
    const events = await fetch(`${url}/posts/events`, { headers: { authorization: await bearer(user) } });
    expect(await events.text()).toContain(`data: ${user.id}`);
    expect((await fetch(`${url}/posts/events`)).status).toBe(401);
  });

  it('refuses by its own errors, with the same problem details', async () => {
    const authorization = await bearer(aUser({ reputation: 15 }));
    expect(await send('POST', '/posts/locked/upvote', authorization)).toMatchObject({
      status: 403,
      body: { reason: 'REPUTATION_TOO_LOW', detail: 'This post needs 2,000 reputation; you have 15.' },
    });
    expect(await send('POST', '/posts/missing/upvote', authorization)).toMatchObject({
      status: 404,
      type: expect.stringMatching(/^application\/problem\+json/),
      body: { title: 'Not Found', reason: 'POST_NOT_FOUND', metadata: { id: 'missing' } },
    });
  });

  it('logs a refusal with the handler and the fault', async () => {
    const note = jest.spyOn(RefusalLog.prototype, 'note');
    await send('GET', '/posts', await bearer(aUser(), { aud: 'billing' }));
    const refused = { handler: 'PostController.list', reason: 'TOKEN_INVALID', fault: expect.any(String) };
    expect(note).toHaveBeenCalledWith(expect.objectContaining(refused));
  });
});

it('@Access can need fresh claims', () => {
  const handler = () => undefined;
  Access({ freshClaims: true })(PostController.prototype, 'list', { value: handler });
  expect(ruleOfHandler(handler)).toMatchObject({ who: 'signedIn', freshClaims: true });
});

describe('attributes in @Access', () => {
  const exampleClaims = { sub: '1', level: 2, teams: ['a'] };
  const mapClaims = ({ sub, level, teams }: Record<string, unknown>) => ({
    id: String(sub),
    roles: [],
    scopes: [],
    attributes: { level: level as number, teams: teams as string[] },
  });
  const options = {
    issuer: () => ({ url: issuer.url, mapClaims, exampleClaims }),
    known: { roles: [], services: [], attributes: { level: 'number', teams: 'texts' } },
  } as const;

  @Controller()
  class RankedController {
    @Access({ attributes: { level: { min: 3 }, teams: { anyOf: ['a', 'b'] } } })
    @Get('ranked')
    ranked() {
      return {};
    }
  }

  it('are conditions for the user', async () => {
    const app = await createApp({ controllers: [RankedController] }, undefined, { ...options, issuer: options.issuer() });
    await app.listen(0, '127.0.0.1');
    const get = async (claims: object) => {
      const authorization = `Bearer ${await issuer.tokenFor(aUser(), { ...claims })}`;
      return (await fetch(`${await app.getUrl()}/ranked`, { headers: { authorization } })).status;
    };
    expect(await get({ level: 3, teams: ['b', 'c'] })).toBe(200);
    expect(await get({ level: 2, teams: ['b', 'c'] })).toBe(403);
    expect(await get({ level: 3, teams: ['c'] })).toBe(403);
  });

  it('stop the start if they are not known', async () => {
    await expect(createApp({ controllers: [RankedController] })).rejects.toThrow(
      'RankedController.ranked lists an unknown attribute: level.',
    );
  });
});

describe('an app does not start', () => {
  it('with a handler without @Access', async () => {
    @Controller()
    class Forgetful {
      @Get('forgotten')
      forgotten() {
        return {};
      }
    }
    class Inheriting extends Forgetful {
      @Access({})
      @Get('fine')
      fine() {
        return {};
      }
    }
    Controller('inheriting')(Inheriting);
    await expect(createApp({ controllers: [Forgetful, Inheriting] })).rejects.toThrow(
      'Forgetful.forgotten has no access rule. Add @Access.\nInheriting.forgotten has no access rule. Add @Access.',
    );
  });

  it('with unknown roles and scopes', async () => {
    @Controller()
    class Misspelt {
      @Access({ anyRole: ['MODERATORS'], scopes: ['votes:wrote'] })
      @Get()
      read() {
        return {};
      }
    }
    await expect(createApp({ controllers: [Misspelt] })).rejects.toThrow(
      'Misspelt.read lists an unknown role: MODERATORS.\nMisspelt.read lists an unknown scope: votes:wrote.',
    );
  });

  it.each<[string, unknown]>([
    ['an unknown condition', { minReputaton: 15 }],
    ['no role', { anyRole: [] }],
    ['a negative reputation', { minReputation: -1 }],
    ['a reputation as text', { minReputation: '15' }],
    ['an attribute compared twice', { attributes: { level: { min: 1, anyOf: ['a'] } } }],
    ['an attribute that is not compared', { attributes: { level: {} } }],
    ['claims that need not be fresh', { freshClaims: false }],
    ['nothing', undefined],
    ['another text', 'everyone'],
  ])('with %s in @Access', (_, options) => {
    expect(() => Access(options as 'anyone')(PostController.prototype, 'list', { value: () => undefined })).toThrow(
      '@Access of PostController/list is wrong',
    );
  });

  it('with a message handler of a transport that AuthModule does not guard', async () => {
    @Controller()
    class Listener {
      @Access('anyone')
      @MessagePattern('sum')
      sum() {
        return 1;
      }
      @EventPattern('voted', Transport.NATS)
      voted(vote: unknown) {
        return vote;
      }
      @Access('anyone')
      @GrpcMethod('PostService')
      get(request: unknown) {
        return request;
      }
    }
    await expect(createApp({ controllers: [Listener] })).rejects.toThrow(
      [
        'Listener.sum is a message handler of a transport other than gRPC, which AuthModule does not guard.',
        'Listener.voted is a message handler of a transport other than gRPC, which AuthModule does not guard.',
        'Listener.get has @Access, but the rules of rpcs are in the contract.',
      ].join('\n'),
    );
  });

  it('with a WebSocket gateway', async () => {
    class Chat {
      say() {
        return {};
      }
    }
    // As @WebSocketGateway() of @nestjs/websockets, which the workspace does not have.
    Reflect.defineMetadata('websockets:is_gateway', true, Chat);
    await expect(createApp({ providers: [Chat] })).rejects.toThrow('Chat.say is a WebSocket gateway, which AuthModule does not guard.');
  });
});

describe('the guard', () => {
  it.each(['rpc', 'ws', 'graphql'])('refuses a call by %s that carries no HTTP request and was not decided before', async (type) => {
    const app = await createApp({ controllers: [PostController] });
    const context = new ExecutionContextHost([{}, {}, {}], PostController, () => undefined);
    context.setType(type);
    expect(() => new AccessGuard(app.get(TokenVerifier)).canActivate(context)).toThrow(internal().message);
  });
});

describe("handlers: 'own guard'", () => {
  it('leaves the handlers to the app, and logs that', async () => {
    const log = jest.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
    @Controller()
    class Own {
      @Get('own')
      own() {
        return { own: true };
      }
    }
    const app = await createApp({ controllers: [Own] }, adapters[1]?.[1], { handlers: 'own guard' });
    await app.listen(0, '127.0.0.1');
    expect((await fetch(`${await app.getUrl()}/own`)).status).toBe(200);
    expect(log.mock.calls.map(([line]) => line as object)).toContainEqual({
      msg: 'handlers guarded by the app',
      option: "handlers: 'own guard'",
    });
  });
});
