import { html } from '@reputable/page';

/** The page token in `?after=`; empty for the first page. The service validates it. */
export const pageTokenOf = (after: unknown) => (typeof after === 'string' ? after : '');

/** The link to the next page of a list; nothing on the last page. */
export const nextLink = (path: string, nextPageToken: string) =>
  nextPageToken !== '' && html`<p class="below"><a href="${path}?after=${encodeURIComponent(nextPageToken)}" rel="next">Older ones</a></p>`;
