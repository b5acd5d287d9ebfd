import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module, Req, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { aUser, TestIssuer } from '../testing/index.ts';
import { TokenRevocations } from '../revocation/token-revocations.ts';
import { Issuers } from '../issuer/issuers.ts';
import type { VerifiedToken } from './access-token.ts';
import { JwtStrategy } from './jwt.strategy.ts';

const user = aUser({ reputation: 120, roles: ['MODERATOR'] });
const revocations = new TokenRevocations();

let issuer: TestIssuer;
let app: NestFastifyApplication;

@Controller()
class WhoController {
  @Get('who')
  @UseGuards(AuthGuard('jwt'))
  who(@Req() request: { readonly user: VerifiedToken }) {
    return request.user.user;
  }
}

beforeAll(async () => {
  revocations.apply([]);
  issuer = await TestIssuer.start();
  const strategy = {
    provide: JwtStrategy,
    useFactory: () =>
      new JwtStrategy(
        new Issuers({ url: issuer.url, keys: { jwksUri: new URL(issuer.url) }, transactionTokens: 'acme.example' }, { service: 'post' }),
        revocations,
      ),
  };
  Module({ controllers: [WhoController], providers: [strategy] })(HttpModule);
  app = await NestFactory.create<NestFastifyApplication>(HttpModule, new FastifyAdapter(), { logger: false });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
});
afterAll(async () => {
  await app.close();
  revocations.close();
  await issuer.stop();
});

class HttpModule {}

const get = (authorization?: string) => app.inject({ url: '/who', headers: authorization === undefined ? {} : { authorization } });

describe("an HTTP controller behind Nest's AuthGuard('jwt')", () => {
  it('gets the user of a token that verifies', async () => {
    const response = await get(`Bearer ${await issuer.tokenFor(user)}`);
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({ ...user });
  });

  it.each([
    ['no token', () => undefined],
    ['another scheme', async () => `Basic ${await issuer.tokenFor(user)}`],
    ['a token in another spelling', async () => `Bearer ${await issuer.tokenFor(user)}=`],
    ['a token for another service', async () => `Bearer ${await issuer.tokenFor(user, { aud: 'comment' })}`],
    ['a token of another type', async () => `Bearer ${await issuer.tokenFor(user, {}, { typ: 'JWT' })}`],
    ['a Transaction Token', async () => `Bearer ${await issuer.transactionTokenFor(user, { trustDomain: 'acme.example' })}`],
    ['a token without a session', async () => `Bearer ${await issuer.tokenFor(user, { sid: undefined })}`],
    ['a token that lives too long', async () => `Bearer ${await issuer.tokenFor(user, { exp: Math.floor(Date.now() / 1000) + 301 })}`],
  ])('is not called with %s', async (_, authorization) => {
    expect((await get(await authorization())).statusCode).toBe(401);
  });

  it('is not called with a token that has been revoked', async () => {
    const former = aUser();
    const authorization = `Bearer ${await issuer.tokenFor(former)}`;
    expect((await get(authorization)).statusCode).toBe(200);
    revocations.apply([{ subject: 'user', id: former.id, issuedBefore: Date.now() + 1_000, expiresAt: Date.now() + 300_000 }]);
    expect((await get(authorization)).statusCode).toBe(401);
  });
});
