/** Where a person lands who did not say, or said something else than a place here. */
const HOME = '/';

/** The longest path that fits a cookie, with all else that is in there, in characters. */
const MAX_LENGTH = 1_024;

/**
 * The path, query and fragment to go to after a log-in: always one of this origin. Of what leads elsewhere, or might in some browser
 * (`//host`, `/\host`, control characters, other schemes), nothing is left but the front page.
 */
export function localPath(returnTo: unknown, origin: string): string {
  if (typeof returnTo !== 'string' || returnTo.length > MAX_LENGTH) return HOME;
  if (!/^\/(?![/\\])[^\\\u0000-\u001f\u007f]*$/.test(returnTo)) return HOME;
  const url = URL.parse(returnTo, origin);
  if (url?.origin !== origin) return HOME;
  const path = url.pathname + url.search + url.hash;
  // `/.//host` is a path of ours, and its normal form is not.
  return path.startsWith('//') ? HOME : path;
}
