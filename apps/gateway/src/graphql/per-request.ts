import { type CallContext, currentCall } from '@reputable/auth';

/**
 * Makes something once for each request, where it is asked for, and forgets it with the request.
 *
 * @returns what was made for the request at hand
 */
export function perRequest<T>(make: () => T): () => T {
  const made = new WeakMap<CallContext, T>();
  return () => {
    const call = currentCall();
    if (!call) throw new Error('This is asked for outside of any request.');
    let it = made.get(call);
    if (it === undefined) made.set(call, (it = make()));
    return it;
  };
}
