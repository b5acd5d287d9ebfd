/**
 * Fetches a JSON document. Follows no redirects.
 *
 * @throws Error unless the status is 200 and the body is at most `maxBytes` long
 */
export async function fetchBounded(url: string | URL, init: RequestInit, maxBytes: number): Promise<string> {
  const response = await fetch(url, { ...init, redirect: 'error' });
  if (response.status !== 200) throw new StatusError(String(url), response.status);
  return readBounded(response, maxBytes);
}

/** The response has another status than 200. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  constructor(
    url: string,
    readonly status: number,
  ) {
    super(`${url} returned HTTP ${String(status)}`);
  }
}

async function readBounded(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new Error(`${response.url} is larger than ${String(maxBytes)} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
