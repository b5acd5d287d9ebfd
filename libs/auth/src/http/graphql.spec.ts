import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type INestApplication, Logger, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  Args,
  Field,
  GraphQLModule,
  Mutation,
  ObjectType,
  Parent,
  Query,
  ResolveField,
  ResolveReference,
  Resolver,
  Subscription,
} from '@nestjs/graphql';
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { AuthenticatedUser } from '../access/authenticated-user.ts';
import { reputationTooLow } from '../access/denials.ts';
import { AuthModule } from '../auth.module.ts';
import { currentCall } from '../call/call-context.ts';
import { CurrentUser, OptionalUser } from '../call/current-user.ts';
import { aUser, TestIssuer } from '../testing/index.ts';
import { Access } from './access.decorator.ts';

@ObjectType()
class Post {
  @Field(() => String)
  id = '';
}

@Resolver(() => Post)
class PostResolver {
  @Access('anyone')
  @Query(() => Post)
  post(@Args('id', { type: () => String }) id: string) {
    return { id };
  }

  @Access({ minReputation: 15, scopes: ['votes:write'] })
  @Mutation(() => Post)
  upvote(@Args('id', { type: () => String }) id: string, @CurrentUser() user: AuthenticatedUser) {
    if (id === 'locked') throw reputationTooLow(2_000, user.reputation, 'This post');
    return { id };
  }

  /** Who reads the post. Fields run in the context of the request, because of `fieldResolverEnhancers`. */
  @ResolveField(() => String)
  reader(@Parent() _post: Post, @OptionalUser() user?: AuthenticatedUser) {
    return `${user?.id ?? 'nobody'} ${currentCall()?.token ? 'with' : 'without'} a token`;
  }
}

@Resolver(() => Post)
class FactoryMade {
  @Query(() => Post)
  factoryMade() {
    return { id: '1' };
  }
}

let issuer: TestIssuer;
let app: INestApplication;
let url: string;

/** Creates an app of these resolvers, secured by AuthModule. */
async function createApp(...resolvers: readonly Type[]): Promise<INestApplication> {
  const auth = AuthModule.forHttp({
    service: 'posts',
    issuer: issuer.url,
    known: { roles: [], scopes: ['votes:write'], services: [] },
    revocations: { accept: 'until expiry' },
  });
  const graphql = GraphQLModule.forRoot<MercuriusDriverConfig>({
    driver: MercuriusDriver,
    autoSchemaFile: true,
    fieldResolverEnhancers: ['interceptors'],
  });
  class AppModule {}
  // The check at the start cannot see the class of what a factory makes.
  const made = { provide: 'resolver of a factory', useFactory: () => new FactoryMade() };
  Module({ imports: [auth, graphql], providers: [...resolvers, made] })(AppModule);
  return NestFactory.create(AppModule, new FastifyAdapter(), { logger: false, abortOnError: false });
}

beforeAll(async () => {
  jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  issuer = await TestIssuer.start({ audience: ['posts'] });
  app = await createApp(PostResolver);
  await app.listen(0, '127.0.0.1');
  url = `${await app.getUrl()}/graphql`;
});
afterAll(async () => {
  await app.close();
  await issuer.stop();
  jest.restoreAllMocks();
});

/** Sends a document. Resolves with the result of its execution. */
async function ask(query: string, authorization?: string) {
  const headers = { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) });
  return (await response.json()) as { data: unknown; errors?: { message: string; extensions: object; path: string[] }[] };
}

const bearer = async (...args: Parameters<TestIssuer['tokenFor']>) => `Bearer ${await issuer.tokenFor(...args)}`;

describe('a GraphQL resolver with @Access', () => {
  it('is called by a user who satisfies the rule, and its fields have the same user', async () => {
    const user = aUser({ reputation: 15 });
    const { data } = await ask('mutation { upvote(id: "7") { id reader } }', await bearer(user));
    expect(data).toEqual({ upvote: { id: '7', reader: `${user.id} with a token` } });
  });

  it('for anyone is called without a token', async () => {
    expect((await ask('{ post(id: "7") { id reader } }')).data).toEqual({ post: { id: '7', reader: 'nobody without a token' } });
  });

  it('keeps concurrent users apart', async () => {
    const users = Array.from({ length: 8 }, () => aUser());
    const answers = users.map(async (user) => {
      expect((await ask('{ a: post(id: "1") { reader } b: post(id: "2") { reader } }', await bearer(user))).data).toEqual({
        a: { reader: `${user.id} with a token` },
        b: { reader: `${user.id} with a token` },
      });
    });
    await Promise.all(answers);
  });

  it.each<[string, string, () => string | undefined | Promise<string>]>([
    ['no token', 'TOKEN_MISSING', () => undefined],
    ['an invalid token', 'TOKEN_INVALID', () => 'Bearer nonsense'],
    ['too little reputation', 'REPUTATION_TOO_LOW', () => bearer(aUser({ reputation: 14 }))],
    ['too few scopes', 'SCOPE_MISSING', () => bearer(aUser({ reputation: 15, scopes: [] }))],
  ])('is not called with %s: %s', async (_, reason, authorization) => {
    expect((await ask('mutation { upvote(id: "7") { id } }', await authorization())).errors).toMatchObject([
      { path: ['upvote'], extensions: { reason } },
    ]);
  });

  it('is not called with an invalid token, even if anyone may call', async () => {
    expect((await ask('{ post(id: "7") { id } }', 'Bearer nonsense')).errors).toMatchObject([{ extensions: { reason: 'TOKEN_INVALID' } }]);
  });

  it('is refused without a rule, if the start did not find it', async () => {
    expect((await ask('{ factoryMade { id } }')).errors).toMatchObject([{ extensions: { reason: 'INTERNAL' } }]);
  });

  it('refuses by its own errors, in the same form', async () => {
    expect((await ask('mutation { upvote(id: "locked") { id } }', await bearer(aUser({ reputation: 15 })))).errors).toMatchObject([
      {
        message: 'This post needs 2,000 reputation; you have 15.',
        extensions: { code: 'PERMISSION_DENIED', reason: 'REPUTATION_TOO_LOW', metadata: { required: '2000', actual: '15' } },
      },
    ]);
  });
});

describe('an app does not start', () => {
  it('with a resolver that the guard cannot protect', async () => {
    @Resolver(() => Post)
    class Forgetful {
      @Query(() => Post)
      forgotten() {
        return { id: '1' };
      }
      @Mutation(() => Post)
      forgottenToo() {
        return { id: '1' };
      }
      @Access({ minReputation: 15 })
      @ResolveField(() => String)
      field() {
        return '';
      }
      @Access('anyone')
      @Subscription(() => Post)
      votes() {
        return undefined;
      }
      @Access('anyone')
      @ResolveReference()
      resolve() {
        return { id: '1' };
      }
    }
    @Resolver('Query')
    class SchemaFirst {
      posts() {
        return [];
      }
    }
    await expect(createApp(Forgetful, SchemaFirst)).rejects.toThrow(
      [
        'Forgetful.forgotten has no access rule. Add @Access.',
        'Forgetful.forgottenToo has no access rule. Add @Access.',
        'Forgetful.field has @Access, but Nest calls no guards for fields. Check the user in the resolver.',
        'Forgetful.votes is a GraphQL subscription, which AuthModule does not guard.',
        'Forgetful.resolve is a GraphQL reference resolver, which AuthModule does not guard.',
        'SchemaFirst.posts has no access rule. Add @Access.',
      ].join('\n'),
    );
  });
});
