import { perRequest } from '../graphql/per-request.ts';
import { currentSelection } from '../graphql/selection.ts';

/** The longest wait, in milliseconds: a service that hangs must not delay the fields of another one until the deadline. */
const MAX_WAIT_MS = 500;

const loads = perRequest((): Promise<unknown>[] => []);

/** Registers a load of rows with authors, if the document selects their authors. */
export function expectAuthors(type: string, load: Promise<unknown>): void {
  if (currentSelection()?.get(type)?.has('author')) loads().push(load);
}

/** Calls `work` once the expected authors are known, or after {@link MAX_WAIT_MS}; at the earliest when all resolvers of this turn have run. */
export function afterAuthors(work: () => void): void {
  setImmediate(() => {
    const expected = loads().splice(0);
    if (expected.length === 0) work();
    else waitFor(expected, work);
  });
}

function waitFor(expected: readonly Promise<unknown>[], work: () => void): void {
  const { promise: late, resolve } = Promise.withResolvers<unknown>();
  const timer = setTimeout(resolve, MAX_WAIT_MS, undefined);
  void Promise.race([late, Promise.allSettled(expected)]).then(() => {
    clearTimeout(timer);
    // The resolvers of the loaded rows run first.
    setImmediate(work);
  });
}
