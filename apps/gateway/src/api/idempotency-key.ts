/**
 * The key in the header Idempotency-Key, as a field of the request. The draft of the header (draft-ietf-httpapi-idempotency-key-header-07)
 * defines a quoted string. Most clients send the key without quotes, so both are accepted. The services check the key itself.
 */
export function keyIn(header: string | undefined): { idempotencyKey?: string } {
  if (header === undefined) return {};
  const text = header.trim();
  return { idempotencyKey: /^"([^"]*)"$/.exec(text)?.[1] ?? text };
}
