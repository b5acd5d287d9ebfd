import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type RunningService, TestWorld } from '@reputable/testing';
import {
  buildClientSchema,
  buildSchema,
  getIntrospectionQuery,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isObjectType,
  type IntrospectionQuery,
} from 'graphql';
import { request } from 'node:http';
import { asking } from './testing/ask.ts';

/** The published schema. Fields may be added; none may change. */
const PROMISED = `
  scalar DateTime
  type Query {
    me: User!
    user(id: ID!): User
    post(id: ID!): Post
    posts(first: Int = 20, after: String, authorId: ID): PostConnection!
  }
  type Mutation {
    register(input: RegisterInput!): Registration!
    confirmRegistration(token: String!, password: String!): Session!
    logIn(input: LogInInput!): Session!
    refresh(refreshToken: String!): Session!
    logOut: Boolean!
    createPost(input: CreatePostInput!): Post!
    updatePost(id: ID!, input: UpdatePostInput!): Post!
    deletePost(id: ID!): Boolean!
    upvotePost(id: ID!): Post!
    downvotePost(id: ID!): Post!
    retractVote(id: ID!): Post!
    createComment(input: CreateCommentInput!): Comment!
    updateComment(id: ID!, input: UpdateCommentInput!): Comment!
    deleteComment(id: ID!): Boolean!
    upvoteComment(id: ID!): Comment!
    grantRole(userId: ID!, role: Role!): User!
    revokeRole(userId: ID!, role: Role!): User!
    suspendUser(userId: ID!, reason: String!): User!
    reinstateUser(userId: ID!): User!
  }
  input RegisterInput { email: String! password: String! displayName: String! }
  input LogInInput { email: String! password: String! }
  input CreatePostInput { title: String! body: String! }
  input UpdatePostInput { title: String body: String }
  input CreateCommentInput { postId: ID! body: String! }
  input UpdateCommentInput { body: String! }
  enum Role { MODERATOR ADMIN }
  enum Vote { UP DOWN }
  type Registration { email: String! linkExpiresIn: Int! }
  type Session { accessToken: String! refreshToken: String! tokenType: String! expiresIn: Int! user: User! }
  type User { id: ID! displayName: String! reputation: Int! roles: [Role!]! createdAt: DateTime! }
  type Post {
    id: ID!
    title: String!
    body: String!
    score: Int!
    author: User!
    comments(first: Int = 20, after: String): CommentConnection!
    myVote: Vote
    createdAt: DateTime!
    updatedAt: DateTime!
  }
  type Comment { id: ID! body: String! score: Int! author: User! createdAt: DateTime! }
  type PostConnection { nodes: [Post!]! pageInfo: PageInfo! }
  type CommentConnection { nodes: [Comment!]! pageInfo: PageInfo! }
  type PageInfo { endCursor: String hasNextPage: Boolean! }
`;

let world: TestWorld;
let gateway: RunningService;
let ask: ReturnType<typeof asking>;

beforeAll(async () => {
  world = await TestWorld.create();
  gateway = await world.start('gateway', { NODE_ENV: 'development', PUBLIC_URL: 'http://localhost:3000', PLAYGROUND_SOCKET: '/nowhere' });
  ask = asking(gateway.ports.http);
});

afterAll(() => world.end());

/** One line per field, value and argument: `Query.post(id: ID!): Post`. */
function linesOf(schema: GraphQLSchema): string[] {
  return Object.values(schema.getTypeMap())
    .filter(({ name }) => !name.startsWith('__'))
    .flatMap((type) => membersOf(type).map((member) => `${type.name}.${member}`));
}

function membersOf(type: GraphQLNamedType): string[] {
  if (isEnumType(type)) return type.getValues().map(({ name }) => name);
  if (isInputObjectType(type)) return Object.values(type.getFields()).map(({ name, type: of }) => `${name}: ${String(of)}`);
  if (!isObjectType(type)) return ['is a scalar'];
  return Object.values(type.getFields()).map(({ name, args, type: of }) => {
    const inside = args.map(
      (arg) => `${arg.name}: ${String(arg.type)}${arg.defaultValue === undefined ? '' : ` = ${JSON.stringify(arg.defaultValue)}`}`,
    );
    return `${name}(${inside.join(', ')}): ${String(of)}`;
  });
}

it('has every published field and type', async () => {
  const { data, errors } = await ask(getIntrospectionQuery());
  expect(errors).toEqual([]);
  const offered = linesOf(buildClientSchema(data as unknown as IntrospectionQuery));
  expect(offered).toEqual(expect.arrayContaining(linesOf(buildSchema(PROMISED))));
});

it('offers GraphiQL and suggestions in development', async () => {
  const page = await fetch(`http://127.0.0.1:${String(gateway.ports.http)}/graphiql`);
  expect(page.status).toBe(200);
  expect(page.headers.get('content-security-policy')).toContain("default-src 'self';");
  const urls = [...(await page.text()).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url = '']) => url);
  expect(urls.filter((url) => !url.startsWith('/'))).toEqual([]);
  const files = urls.filter((url) => url.startsWith('/graphiql/'));
  const answers = await Promise.all(files.map((url) => fetch(new URL(url, page.url))));
  expect(answers.map(({ status }) => status)).toEqual(files.map(() => 200));
  expect((await fetch(new URL('/graphiql/..%2F..%2Fpackage.json', page.url))).status).toBe(404);
  expect((await ask('{ usr(id: "x") { id } }')).errors[0]?.message).toContain('Did you mean "user"?');
});

it.each<[string, Record<string, string>, number]>([
  // The launcher does not run.
  ['an address of this machine', {}, 502],
  ['a tunnel that sends our own host', { 'x-forwarded-for': '203.0.113.7' }, 403],
  ['a proxy that sends our own host', { forwarded: 'for=203.0.113.7' }, 403],
])('answers a request for the launcher’s page from %s with %j: %d', async (_, headers, status) => {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const options = { port: gateway.ports.http, path: '/playground/health', headers: { host: 'localhost:3000', ...headers } };
  request(options, (response) => resolve(response.resume().statusCode)).end();
  expect(await promise).toBe(status);
});
