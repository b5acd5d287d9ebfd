import { type CallContext, currentCall } from '@reputable/auth';

/**
 * Creates a value once per request, on first use.
 *
 * @returns a function that returns the current request's value
 */
export function perRequest<T>(make: () => T): () => T {
  const values = new WeakMap<CallContext, T>();
  return () => {
    const call = currentCall();
    if (!call) throw new Error('perRequest() was used outside a request.');
    let value = values.get(call);
    if (value === undefined) values.set(call, (value = make()));
    return value;
  };
}
