import { html } from '@reputable/page';
import { requestInvalid } from '../graphql/request.errors.ts';

/**
 * The page token in `?after=`; empty for the first page. The service validates it.
 *
 * @throws DomainError REQUEST_INVALID if the URL has several
 */
export function pageTokenOf(after: unknown): string {
  if (after === undefined || typeof after === 'string') return after ?? '';
  throw requestInvalid('The address of the page has `after` more than once. Open the list again.');
}

/** The link to the next page of a list; nothing on the last page. */
export const nextLink = (path: string, nextPageToken: string) =>
  nextPageToken !== '' && html`<p class="below"><a href="${path}?after=${encodeURIComponent(nextPageToken)}" rel="next">Older ones</a></p>`;
