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

/** How much of each a document may have. (Tokens are bounded by the parser: see {@link MAX_TOKENS}.) */
export const DOCUMENT_LIMITS = {
  /** Fields within fields. The deepest useful query has six: `posts`, `nodes`, `comments`, `nodes`, `author`, `id`. */
  depth: 8,
  aliases: 20,
  directives: 20,
  /** An operation is what a request asks for. With several, the compiled query would be that of whichever came first. */
  operations: 1,
  /** Checks of a password or refresh token: more than one in a request is guessing. */
  logIns: 1,
} as const;

/** The words, names and signs of a document. */
export const MAX_TOKENS = 1_000;

/** The comments of a document, which are no tokens. */
export const MAX_COMMENTS = 100;

const LOG_INS = ['register', 'logIn', 'refresh', 'changePassword'];

type Limit = keyof typeof DOCUMENT_LIMITS;

/** The validation rule that refuses documents that are too deep, or have too much of something, whatever they ask for. */
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
          logIns: 'log-in, registration, refresh or change of password',
        };
        context.reportError(new GraphQLError('', { originalError: queryTooComplex(limit, max, actual, what[limit]) }));
      }
      return false;
    },
  };
}

/** How much of each a document has. */
export function measure(document: DocumentNode): Record<Limit, number> {
  const found = { depth: depthOf(document), aliases: 0, directives: 0, operations: 0, logIns: 0 };
  visit(document, {
    OperationDefinition: () => {
      found.operations += 1;
    },
    Directive: () => {
      found.directives += 1;
    },
    Field: ({ alias, name }) => {
      if (alias) found.aliases += 1;
      if (LOG_INS.includes(name.value)) found.logIns += 1;
    },
  });
  return found;
}

/** How many fields lie within each other at the deepest. Introspection, which is refused elsewhere where it must be, does not count. */
function depthOf({ definitions }: DocumentNode): number {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const known = new Map<string, number>();

  const depthOfFragment = (name: string): number => {
    let depth = known.get(name);
    if (depth === undefined) {
      // For fragments that spread themselves, which another rule refuses.
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
