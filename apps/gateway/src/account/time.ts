import { type Timestamp, timestampDate } from '@bufbuild/protobuf/wkt';
import { html } from '@reputable/page';

const FORMAT = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' });

/** A time, in UTC, because the server does not know the time zone of the browser. Nothing for an unset one. */
export function timeElement(timestamp: Timestamp | undefined) {
  if (!timestamp) return undefined;
  const date = timestampDate(timestamp);
  return html`<time datetime="${date.toISOString()}">${FORMAT.format(date)} UTC</time>`;
}
