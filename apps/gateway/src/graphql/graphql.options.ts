import type { MercuriusDriverConfig } from '@nestjs/mercurius';
import { Role } from '@reputable/contracts/user/v1/user';
import { Vote } from '@reputable/contracts/post/v1/post';
import type { preHandlerHookHandler } from 'fastify';
import { type DocumentNode, Location, NoSchemaIntrospectionCustomRule } from 'graphql';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DateTime } from './date-time.ts';
import { documentLimits, MAX_COMMENTS, MAX_TOKENS } from './document-limits.ts';
import { errorFormatter } from './error-formatter.ts';
import { negotiate, refuseForms, validateParameters } from './over-http.ts';
import { queryInvalid } from './request.errors.ts';
import { noteOperation } from './operation-attributes.ts';
import { checkRows, pagedFields } from './row-limit.ts';
import { rememberSelection } from './selection.ts';

/** Found by the package's name: bundled code runs from another folder. */
const SOURCE = fileURLToPath(new URL('src', import.meta.resolve('@reputable/gateway/package.json')));

/** The schema: all .graphql files of the gateway. Each feature adds its part with `extend type Query`. */
const schema = () =>
  globSync('**/*.graphql', { cwd: SOURCE })
    .map((file) => readFileSync(join(SOURCE, file), 'utf8'))
    .join('\n');

/** The number of documents to cache in parsed, validated and compiled form; up to twice as many, of up to 256 KB each. */
const CACHED_DOCUMENTS = 256;

/**
 * The options of Mercurius: the schema, the limits of a request, and introspection for development.
 *
 * @param preHandler authenticates each request before it is executed
 */
export function graphqlOptions(preHandler: preHandlerHookHandler, development: boolean): MercuriusDriverConfig {
  let paged: ReturnType<typeof pagedFields> | undefined;
  return {
    typeDefs: schema(),
    // Enums and timestamps have the values of the contract, so messages need no mapping.
    resolvers: { DateTime, Role: { MODERATOR: Role.MODERATOR, ADMIN: Role.ADMIN }, Vote: { UP: Vote.UP, DOWN: Vote.DOWN } },
    jit: 1,
    cache: CACHED_DOCUMENTS,
    errorFormatter: errorFormatter(development),
    graphql: { parseOptions: { maxLexicalTokens: MAX_TOKENS, maxComments: MAX_COMMENTS }, validateOptions: { maxErrors: 10 } },
    validationRules: development ? [documentLimits] : [documentLimits, NoSchemaIntrospectionCustomRule],
    hooks: {
      // Mercurius accepts a syntax tree as JSON in place of a document, which would bypass the limit on tokens.
      preValidation: (_schema, document) => {
        if (!((document as DocumentNode | null)?.loc instanceof Location)) throw queryInvalid('The query is not a GraphQL document.');
      },
      preExecution: (schema, document, _context, variables) => {
        checkRows(document, variables, (paged ??= pagedFields(schema)));
        rememberSelection(schema, document);
        noteOperation(document);
      },
    },
    additionalRouteOptions: {
      preParsing: refuseForms,
      validatorCompiler: validateParameters,
      preHandler,
      onSend: negotiate,
      // Mercurius describes answers to Fastify less exactly than they are: positions in a path would become strings.
      serializerCompiler: () => JSON.stringify,
    },
  };
}
