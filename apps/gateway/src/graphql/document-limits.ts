import {
  type ASTVisitor,
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
  visit,
} from 'graphql';
import { queryTooComplex } from './request.errors.ts';

/** The limits of a document. (The parser limits its tokens: see {@link MAX_TOKENS}.) */
export const DOCUMENT_LIMITS = {
  /** Nested fields. The deepest useful query has six: `posts`, `nodes`, `comments`, `nodes`, `author`, `id`. */
  depth: 8,
  aliases: 20,
  directives: 20,
  /** Mercurius caches one compiled query per document, so a second operation would run the first one's query. */
  operations: 1,
  /** Checks of a password or refresh token, and requests of a mail. Several in one request would help an attacker to guess. */
  logIns: 1,
} as const;

/** The maximum number of tokens of a document. */
export const MAX_TOKENS = 1_000;

/** The maximum number of comments of a document. They do not count as tokens. */
export const MAX_COMMENTS = 100;

const LOG_INS = [
  'register',
  'confirmRegistration',
  'logIn',
  'refresh',
  'changePassword',
  'requestPasswordReset',
  'requestEmailVerification',
  'requestEmailChange',
  'deleteAccount',
];

type Limit = keyof typeof DOCUMENT_LIMITS;

/** The validation rule that enforces {@link DOCUMENT_LIMITS}. */
export function documentLimits(context: ValidationContext): ASTVisitor {
  return {
    Document(document) {
      for (const [limit, actual] of Object.entries(measure(document)) as [Limit, number][]) {
        const max = DOCUMENT_LIMITS[limit];
        if (actual <= max) continue;
        const what = {
          depth: 'levels of fields',
          aliases: 'aliases',
          directives: 'directives',
          operations: 'operation',
          logIns: 'log-in, registration, refresh, change of password or request of a mail',
        };
        context.reportError(new GraphQLError('', { originalError: queryTooComplex(limit, max, actual, what[limit]) }));
      }
      return false;
    },
  };
}

/** Measures a document by each limit. */
export function measure(document: DocumentNode): Record<Limit, number> {
  const counts = { depth: depthOf(document), aliases: 0, directives: 0, operations: 0, logIns: 0 };
  visit(document, {
    OperationDefinition: () => {
      counts.operations += 1;
    },
    Directive: () => {
      counts.directives += 1;
    },
    Field: ({ alias, name }) => {
      if (alias) counts.aliases += 1;
      if (LOG_INS.includes(name.value)) counts.logIns += 1;
    },
  });
  return counts;
}

/** The maximum depth of nested fields. Introspection fields do not count; another rule refuses them in production. */
function depthOf({ definitions }: DocumentNode): number {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const known = new Map<string, number>();

  const depthOfFragment = (name: string): number => {
    let depth = known.get(name);
    if (depth === undefined) {
      // Ends the recursion of cyclic fragments. Another rule refuses them.
      known.set(name, 0);
      known.set(name, (depth = depthOfSet(fragments.get(name)?.selectionSet)));
    }
    return depth;
  };
  const depthOfSet = (set: SelectionSetNode | undefined): number =>
    Math.max(
      0,
      ...(set?.selections ?? []).map((selection) => {
        if (selection.kind === Kind.FRAGMENT_SPREAD) return depthOfFragment(selection.name.value);
        if (selection.kind === Kind.INLINE_FRAGMENT) return depthOfSet(selection.selectionSet);
        return selection.name.value.startsWith('__') ? 0 : 1 + depthOfSet(selection.selectionSet);
      }),
    );
  return Math.max(
    0,
    ...definitions.map((definition) => (definition.kind === Kind.OPERATION_DEFINITION ? depthOfSet(definition.selectionSet) : 0)),
  );
}
