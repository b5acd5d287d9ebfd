import { invalid } from '@reputable/errors';
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  isObjectType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  type ValueNode,
  valueFromASTUntyped,
} from 'graphql';
import { queryTooComplex } from './request.errors.ts';

/** The maximum number of rows of all lists of a request: 100 posts with 20 comments each. */
export const MAX_ROWS = 2_100;

const MAX_PAGE = 100;

type Variables = Readonly<Record<string, unknown>>;

/** The paged fields (those with the argument `first`) and their default page sizes. */
export function pagedFields(schema: GraphQLSchema): ReadonlyMap<string, number> {
  const fields = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .flatMap((type) => Object.values(type.getFields()));
  return new Map(
    fields.flatMap(({ name, args }) => {
      const first = args.find((arg) => arg.name === 'first');
      return first ? [[name, Number(first.defaultValue)] as const] : [];
    }),
  );
}

/**
 * Checks the number of rows that a request asks for, with the values of its variables, before execution.
 *
 * @throws DomainError QUERY_TOO_COMPLEX, or INVALID_FIELD for a page size above the maximum
 */
export function checkRows(document: DocumentNode, variables: Variables | undefined, paged: ReadonlyMap<string, number>): void {
  const rows = new RowCount(document, variables ?? {}, paged).total();
  if (rows > MAX_ROWS) throw queryTooComplex('rows', MAX_ROWS, rows);
}

/** Counts the rows that an execution could fetch: a page times the rows of its nested pages. Caches the count of each fragment. */
class RowCount {
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  readonly #known = new Map<string, number>();
  readonly #defaults = new Map<string, ValueNode | undefined>();

  constructor(
    readonly document: DocumentNode,
    readonly variables: Variables,
    readonly paged: ReadonlyMap<string, number>,
  ) {
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) this.#fragments.set(definition.name.value, definition);
      if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
      for (const { variable, defaultValue } of definition.variableDefinitions ?? []) this.#defaults.set(variable.name.value, defaultValue);
    }
  }

  total(): number {
    return this.document.definitions.reduce(
      (sum, definition) => sum + (definition.kind === Kind.OPERATION_DEFINITION ? this.#ofSet(definition.selectionSet) : 0),
      0,
    );
  }

  #ofSet(set: SelectionSetNode | undefined): number {
    let sum = 0;
    for (const selection of set?.selections ?? []) sum += this.#ofSelection(selection);
    return sum;
  }

  #ofSelection(selection: SelectionNode): number {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return this.#ofFragment(selection.name.value);
    const within = this.#ofSet(selection.selectionSet);
    if (selection.kind === Kind.INLINE_FRAGMENT) return within;
    const defaultSize = this.paged.get(selection.name.value);
    return defaultSize === undefined ? within : this.#sizeOf(selection, defaultSize) * (1 + within);
  }

  #ofFragment(name: string): number {
    let rows = this.#known.get(name);
    if (rows === undefined) this.#known.set(name, (rows = this.#ofSet(this.#fragments.get(name)?.selectionSet)));
    return rows;
  }

  /** The page size. Counts a value that is not a number as 0: the execution refuses it. */
  #sizeOf({ arguments: args = [] }: FieldNode, defaultSize: number): number {
    const first = args.find(({ name }) => name.value === 'first')?.value;
    const size = first === undefined ? defaultSize : (this.#valueOf(first) ?? defaultSize);
    if (typeof size !== 'number') return 0;
    if (size < 1 || size > MAX_PAGE) throw invalid([{ field: 'first', description: `Must be 1 to ${MAX_PAGE}.` }]);
    return size;
  }

  #valueOf(node: ValueNode): unknown {
    if (node.kind !== Kind.VARIABLE) return valueFromASTUntyped(node);
    const name = node.name.value;
    const fallback = this.#defaults.get(name);
    return name in this.variables || !fallback ? this.variables[name] : valueFromASTUntyped(fallback);
  }
}
