/** What is wrong, in one line that says what to do. */
export class ComposeError extends Error {
  override readonly name = 'ComposeError';
}
