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
    const body = await readBounded(response);
    return new Response(body === '' ? null : body, { status, headers });
  };

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > MAX_BYTES) throw new Error(`its response is larger than ${String(MAX_BYTES)} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
