import { currentCall } from '@reputable/auth';
import { type DocumentNode, type GraphQLSchema, isAbstractType, isObjectType, TypeInfo, visit, visitWithTypeInfo } from 'graphql';

/** The selected fields of each type. */
export type Selection = ReadonlyMap<string, ReadonlySet<string>>;

/** Mercurius caches documents, so each document is visited once. */
const ofDocuments = new WeakMap<DocumentNode, Selection>();

/** The key of a request's selection among the values of its call. */
const SELECTION = {};

/** Remembers, for the current request, which fields its document selects. */
export function rememberSelection(schema: GraphQLSchema, document: DocumentNode): void {
  const values = currentCall()?.values;
  if (!values) return;
  let selection = ofDocuments.get(document);
  if (!selection) ofDocuments.set(document, (selection = selectionOf(schema, document)));
  values.set(SELECTION, selection);
}

/** The selection of the current request; undefined if it is unknown, so that all fields may be selected. */
export const currentSelection = (): Selection | undefined => currentCall()?.values?.get(SELECTION) as Selection | undefined;

/** The fields that a document selects anywhere: in its operation or a fragment, used or not, included by a directive or not. */
export function selectionOf(schema: GraphQLSchema, document: DocumentNode): Selection {
  const selected = new Map<string, Set<string>>();
  const types = new TypeInfo(schema);
  const Field = ({ name }: { name: { value: string } }) => {
    const parent = types.getParentType();
    for (const type of isAbstractType(parent) ? schema.getPossibleTypes(parent) : [parent]) {
      if (isObjectType(type)) fieldsOf(selected, type.name).add(name.value);
    }
  };
  visit(document, visitWithTypeInfo(types, { Field }));
  return selected;
}

function fieldsOf(selected: Map<string, Set<string>>, type: string): Set<string> {
  let fields = selected.get(type);
  if (!fields) selected.set(type, (fields = new Set()));
  return fields;
}
