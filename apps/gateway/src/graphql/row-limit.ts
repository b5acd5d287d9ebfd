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

/** How many rows of all lists together a request may ask for: 100 posts with 20 comments each. */
export const MAX_ROWS = 2_100;

const MAX_PAGE = 100;

type Variables = Readonly<Record<string, unknown>>;

/** The fields that are pages of a list (they take `first`), and how many rows they have if nobody says. */
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
 * Checks, before anything is executed, how many rows a request asks for, with the values of its variables.
 *
 * @throws DomainError QUERY_TOO_COMPLEX, or INVALID_FIELD where a page is asked to be larger than any may be
 */
export function checkRows(document: DocumentNode, variables: Variables | undefined, paged: ReadonlyMap<string, number>): void {
  const rows = new RowCount(document, variables ?? {}, paged).total();
  if (rows > MAX_ROWS) throw queryTooComplex('rows', MAX_ROWS, rows);
}

/** Counts as an execution would fetch: a page, and for each of its rows what lies within. Each fragment is counted once and remembered. */
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
      (sum, it) => sum + (it.kind === Kind.OPERATION_DEFINITION ? this.#ofSet(it.selectionSet) : 0),
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
    const usual = this.paged.get(selection.name.value);
    return usual === undefined ? within : this.#sizeOf(selection, usual) * (1 + within);
  }

  #ofFragment(name: string): number {
    let rows = this.#known.get(name);
    if (rows === undefined) this.#known.set(name, (rows = this.#ofSet(this.#fragments.get(name)?.selectionSet)));
    return rows;
  }

  /** What is no number at all is refused by whoever executes it. */
  #sizeOf({ arguments: args = [] }: FieldNode, usual: number): number {
    const first = args.find(({ name }) => name.value === 'first')?.value;
    const size = first === undefined ? usual : (this.#valueOf(first) ?? usual);
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
