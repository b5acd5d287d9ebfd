import type { DescMethod } from '@bufbuild/protobuf';
import { HttpStatus, type InjectionToken, Module, type Type } from '@nestjs/common';
import { PARAMTYPES_METADATA, SELF_DECLARED_DEPS_METADATA } from '@nestjs/common/constants.js';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ApiHeader, ApiOperation, ApiResponse, ApiTags, DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { type AccessRule, ruleOf } from '@reputable/auth';
import { STATUS_CODES } from 'node:http';
import { CONTROLLERS } from '../api/api.module.ts';
import { ApiGuard, AsTokenUser } from '../api/api.guard.ts';
import { type HeaderName, OPERATION, type OperationOptions, statusOf } from '../api/operation.ts';
import { Problem } from './problem.ts';
import { fromZod } from './from-zod.ts';

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

/** The credentials of a request, of which it has one. */
const CREDENTIALS = { bearer: [], basic: [], session: [] };
const EACH = Object.keys(CREDENTIALS).map((name) => ({ [name]: [] }));

const HEADERS: Readonly<Record<HeaderName, string>> = {
  etag: 'The version of the title and the body, for If-Match. Votes do not change it.',
  link: 'The next page, with `rel="next"` (RFC 8288). Absent on the last page.',
  location: 'The path of what was created.',
};

const IF_MATCH = ApiHeader({
  name: 'If-Match',
  required: false,
  schema: { type: 'string' },
  description: 'The ETag of the answer that the change is based on. Refused with 412 if the post has another one by now.',
});

const IDEMPOTENCY_KEY = ApiHeader({
  name: 'Idempotency-Key',
  required: false,
  schema: { type: 'string' },
  description:
    'Identifies the request: a repeated request with the same key and content has the answer of the first one. Refused with 422 if you have used it for other content. 1 to 64 characters, best a new UUID, with or without quotes.',
});

/** Builds the OpenAPI document from the controllers: their routes, their schemas, and the rules of the rpcs that they call. */
export async function buildDocument(): Promise<OpenAPIObject> {
  CONTROLLERS.forEach(describeController);
  const providers = [ApiGuard, AsTokenUser, ...CONTROLLERS].flatMap(dependenciesOf).map((provide) => ({ provide, useValue: {} }));
  @Module({ controllers: CONTROLLERS, providers })
  class Routes {}
  const app = await NestFactory.create(Routes, new FastifyAdapter(), { logger: false, abortOnError: false });
  const config = new DocumentBuilder()
    .setTitle('Reputable')
    .setDescription(
      'Posts, comments and votes, with the rules of GraphQL and gRPC. Refusals are problem details (RFC 9457) with a `reason` for programs. A request with the cookie of a browser session also needs the header `x-reputable-csrf`.',
    )
    .setVersion('1')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .setOpenAPIVersion('3.1.0')
    .addServer('/')
    .addBearerAuth({ type: 'http', description: 'An access token of OAuth 2, or a personal access token.' }, 'bearer')
    .addBasicAuth({ type: 'http', description: 'The id and secret of an API client, or a personal access token as the password.' }, 'basic')
    .addCookieAuth('__Host-session', { type: 'apiKey', description: 'The cookie of a browser session.' }, 'session')
    .build();
  const operationIdFactory = (controller: string, method: string) => `${method}${controller.replace(/(Api)?Controller$/, '')}`;
  const document = SwaggerModule.createDocument(app, config, { operationIdFactory, standardSchemaConverter: fromZod });
  return { ...document, components: { ...document.components, schemas: { ...document.components?.schemas, ...problem() } } };
}

/** What Nest injects into a class. The routes are read, not called. */
function dependenciesOf(type: Type): InjectionToken[] {
  const tokens = [...((Reflect.getMetadata(PARAMTYPES_METADATA, type) ?? []) as InjectionToken[])];
  const declared = (Reflect.getMetadata(SELF_DECLARED_DEPS_METADATA, type) ?? []) as { index: number; param: InjectionToken }[];
  for (const { index, param } of declared) tokens[index] = param;
  return tokens;
}

const problem = () => fromZod(Problem, { schemaType: 'output' }).components as Schemas;

function describeController(controller: Type): void {
  ApiTags(controller.name.replace(/(Api)?Controller$/, ''))(controller);
  const prototype = controller.prototype as object;
  for (const name of Object.getOwnPropertyNames(prototype).filter((each) => each !== 'constructor')) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name) as TypedPropertyDescriptor<unknown>;
    const options = Reflect.getMetadata(OPERATION, descriptor.value as object) as OperationOptions | undefined;
    if (!options) throw new Error(`${controller.name}.${name} has no @Operation.`);
    for (const decorate of decoratorsOf(options)) decorate(prototype, name, descriptor);
  }
}

function decoratorsOf(options: OperationOptions): MethodDecorator[] {
  const { summary, rpcs, needsUser = false, answer, headers = [], refusals = [] } = options;
  const isOpen = !needsUser && rpcs.every((rpc) => ruleOf(rpc).who === 'anyone');
  const described = Object.fromEntries(headers.map((name) => [name, { description: HEADERS[name], schema: { type: 'string' } }]));
  const status = statusOf(options);
  return [
    ApiOperation({
      summary,
      description: needsUser ? 'A signed-in user.' : rpcs.map(needsOf).join(' '),
      security: isOpen ? [{}, ...EACH] : EACH,
    }),
    ApiResponse({ status, description: STATUS_CODES[status] ?? '', headers: described, ...(answer && { standardSchema: answer }) }),
    ...(refusals.includes(HttpStatus.PRECONDITION_FAILED) ? [IF_MATCH] : []),
    ...(options.takesKey ? [IDEMPOTENCY_KEY] : []),
    ...[400, 401, ...(isOpen ? [] : [403]), ...refusals, ...(refusals.includes(422) ? [] : [422]), 503, 504].map(refusal),
  ];
}

const refusal = (status: number) =>
  ApiResponse({
    status,
    description: STATUS_CODES[status] ?? '',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  });

/** The rule of an rpc as a sentence. */
function needsOf(rpc: DescMethod): string {
  const rule = ruleOf(rpc);
  return `${rpc.name}: ${rule.who === 'anyone' ? 'anyone' : userOf(rule)}.`;
}

const userOf = ({ anyRole, minReputation, scopes }: AccessRule) =>
  [
    'a signed-in user',
    ...(anyRole.length > 0 ? [`with the role ${anyRole.join(' or ')}`] : []),
    ...(minReputation > 0 ? [`with ${String(minReputation)} reputation`] : []),
    ...(scopes.length > 0 ? [`whose token has the scope ${scopes.map((scope) => `\`${scope}\``).join(', ')}`] : []),
  ].join(', ');
