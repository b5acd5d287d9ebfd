/** The token of the page that follows this row. Pages are keysets: UUIDv7 ids sort by time (RFC 9562 §5.7). */
export const pageTokenAfter = (lastId: string) => Buffer.from(lastId.replaceAll('-', ''), 'hex').toString('base64url');

/**
 * A page of at most `size` rows, and the token of the next page (empty on the last page).
 *
 * @param fetched up to `size` + 1 rows
 */
export function page<Row extends { id: string }>(fetched: readonly Row[], size: number): { rows: Row[]; nextPageToken: string } {
  const rows = fetched.slice(0, size);
  const last = rows.at(-1);
  return { rows, nextPageToken: last && fetched.length > size ? pageTokenAfter(last.id) : '' };
}
