/** The default path. */
const HOME = '/';

/** The longest path, in characters: it must fit into the log-in cookie with the rest of the state. */
const MAX_LENGTH = 1_024;

/**
 * The path, query and fragment to open after a log-in, always within this origin. Replaces values that could lead to another origin in some
 * browser (`//host`, `/\host`, control characters, other schemes) by {@link HOME}.
 */
export function localPath(returnTo: unknown, origin: string): string {
  if (typeof returnTo !== 'string' || returnTo.length > MAX_LENGTH) return HOME;
  if (!/^\/(?![/\\])[^\\\u0000-\u001f\u007f]*$/.test(returnTo)) return HOME;
  const url = URL.parse(returnTo, origin);
  if (url?.origin !== origin) return HOME;
  const path = url.pathname + url.search + url.hash;
  // `/.//host` is within this origin, but its normal form `//host` is not.
  return path.startsWith('//') ? HOME : path;
}
