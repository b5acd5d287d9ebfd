import { currentCall } from '@reputable/auth';

/**
 * Creates a value once per request, on first use.
 *
 * @returns a function that returns the current request's value
 */
export function perRequest<T>(make: () => T): () => T {
  return () => {
    const values = currentCall()?.values;
    if (!values) throw new Error('perRequest() was used outside a request.');
    let value = values.get(make) as T | undefined;
    if (value === undefined) values.set(make, (value = make()));
    return value;
  };
}
