import type { CustomFetch } from 'openid-client';

/** The largest accepted response, in bytes. */
const MAX_BYTES = 65_536;

/**
 * A `fetch` that bounds the size of responses.
 *
 * @param type the media type that a response with the status 200 must have, unless it is a JWKS
 */
export const boundedFetch =
  (type: string): CustomFetch =>
  async (url, options) => {
    const response = await fetch(url, options as RequestInit);
    const { status, headers } = response;
    const isOf = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
    if (options.method === 'POST' && status === 200 && isOf !== type) throw new Error(`its response is ${isOf ?? 'untyped'}, not ${type}`);
    const body = await readBounded(response, MAX_BYTES);
    return new Response(body === '' ? null : body, { status, headers });
  };

/** The body of a response, of `maxBytes` at most. @throws Error if it is larger */
export async function readBounded(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new Error(`its response is larger than ${String(maxBytes)} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
