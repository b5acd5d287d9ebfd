import { anyText } from '@reputable/testing/generated-text';
import fc from 'fast-check';
import {
  getNamedType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLOutputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';

/** A request with one field of the schema. */
export interface GeneratedQuery {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

type Operation = 'query' | 'mutation';
type Field = GraphQLField<unknown, unknown>;

/** A value of an argument, in the document or as a variable. */
interface ChosenArgument {
  readonly argument: GraphQLArgument;
  readonly value: unknown;
  readonly isVariable: boolean;
}

/** The nesting of a selection. The deepest useful query has as many objects in each other. */
const DEPTH = 5;

/**
 * Requests for a field: with arguments by the types of the schema, at the bounds and of wrong types, and with any selection.
 *
 * @param known texts that some argument accepts, for example ids of rows
 */
export const queriesFor = (operation: Operation, field: Field, known: readonly string[]): fc.Arbitrary<GeneratedQuery> =>
  fc.tuple(chosenOf(field, known), selectionOf(field.type, known, DEPTH), DIRECTIVE).map(([chosen, selection, directive]) => {
    const [variables, literals] = [chosen.filter(({ isVariable }) => isVariable), chosen.filter(({ isVariable }) => !isVariable)];
    const declared = variables.map(({ argument: { name, type } }) => `$${name}: ${String(type)}`);
    const given = [
      ...variables.map(({ argument: { name } }) => `${name}: $${name}`),
      ...literals.map(({ argument: { name, type }, value }) => `${name}: ${literal(value, type)}`),
    ];
    return {
      query: `${operation}${inParentheses(declared)} { ${field.name}${inParentheses(given)}${directive} ${selection} }`,
      variables: Object.fromEntries(variables.map(({ argument: { name }, value }) => [name, value])),
    };
  });

const inParentheses = (parts: readonly string[]) => (parts.length === 0 ? '' : `(${parts.join(', ')})`);

const DIRECTIVE = fc.oneof(
  { weight: 9, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.constantFrom(' @include(if: true)', ' @skip(if: true)', ' @include(if: "true")', ' @skip', ' @unknown') },
);

function chosenOf({ args }: Field, known: readonly string[]): fc.Arbitrary<ChosenArgument[]> {
  const chosen = args.map((argument) =>
    fc
      .record({
        value: valueOf(argument.type, known),
        isVariable: fc.boolean(),
        isLeftOut: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      })
      .map(({ isLeftOut, ...rest }) => (isLeftOut ? [] : [{ argument, ...rest }])),
  );
  return fc.tuple(...chosen).map((each) => each.flat());
}

/** Values of a type, and a few of others. */
const valueOf = (type: GraphQLInputType, known: readonly string[]): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 8, arbitrary: validOf(type, known) },
    { weight: 1, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
  );

function validOf(type: GraphQLInputType, known: readonly string[]): fc.Arbitrary<unknown> {
  if (isNonNullType(type)) return validOf(type.ofType, known);
  if (isListType(type)) return fc.array(valueOf(type.ofType, known), { maxLength: 3 });
  if (isEnumType(type)) return fc.constantFrom(...type.getValues().map(({ name }) => name));
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields());
    const values = Object.fromEntries(fields.map((field) => [field.name, valueOf(field.type, known)]));
    return fc.oneof(fc.record(values), fc.record(values, { requiredKeys: [] }));
  }
  if (type.name === 'Int') return fc.oneof(fc.integer({ min: -1, max: 101 }), fc.integer(), fc.integer({ min: -(2 ** 40), max: 2 ** 40 }));
  return type.name === 'Boolean' ? fc.boolean() : anyText(known);
}

/** A selection of some fields, with arguments, down to leaves. Empty for a type that has no fields. */
function selectionOf(type: GraphQLOutputType, known: readonly string[], depth: number): fc.Arbitrary<string> {
  const named = getNamedType(type);
  if (!isObjectType(named)) return fc.constant('');
  const fields = Object.values(named.getFields()).filter((field) => depth > 1 || !isObjectType(getNamedType(field.type)));
  return fc.subarray(fields, { minLength: 1 }).chain((some) => {
    const parts = some.map((field) =>
      fc
        .tuple(chosenOf(field, known), selectionOf(field.type, known, depth - 1))
        .map(([chosen, inner]) => `${field.name}${literals(chosen)} ${inner}`),
    );
    return fc.tuple(...parts).map((texts) => `{ ${texts.join(' ')} }`);
  });
}

const literals = (chosen: readonly ChosenArgument[]) =>
  inParentheses(chosen.map(({ argument: { name, type }, value }) => `${name}: ${literal(value, type)}`));

/** A value in the syntax of GraphQL. A text for an enum is written as a name, if it can be. */
function literal(value: unknown, type: GraphQLInputType): string {
  const inner = isNonNullType(type) ? type.ofType : type;
  if (typeof value === 'string') return isEnumType(inner) && /^[_A-Za-z]\w*$/.test(value) ? value : JSON.stringify(value);
  if (Array.isArray(value)) {
    const item = isListType(inner) ? inner.ofType : inner;
    return `[${value.map((each) => literal(each, item)).join(', ')}]`;
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = isInputObjectType(inner) ? inner.getFields() : {};
  return `{ ${Object.entries(value)
    .map(([name, each]) => `${name}: ${literal(each, fields[name]?.type ?? inner)}`)
    .join(', ')} }`;
}
