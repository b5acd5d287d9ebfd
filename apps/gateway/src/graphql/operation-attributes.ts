import { trace } from '@opentelemetry/api';
import { type DocumentNode, Kind, type OperationDefinitionNode } from 'graphql';

/** The longest name of an operation in a span, in characters. Clients choose it. */
const MAX_NAME = 64;

/** Adds the type, the name and the fields of the operation to the span of the request. Not the document: it can contain a password. */
export function noteOperation({ definitions }: DocumentNode): void {
  const span = trace.getActiveSpan();
  if (!span?.isRecording()) return;
  const operation = definitions.find((each): each is OperationDefinitionNode => each.kind === Kind.OPERATION_DEFINITION);
  if (!operation) return;
  const { name, selectionSet } = operation;
  span.setAttributes({
    'graphql.operation.type': operation.operation,
    ...(name && { 'graphql.operation.name': name.value.slice(0, MAX_NAME) }),
    'reputable.graphql.fields': selectionSet.selections.flatMap((each) => (each.kind === Kind.FIELD ? each.name.value : [])),
  });
}
