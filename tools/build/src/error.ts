/** Why nothing is built, in one line for people. */
export class BuildError extends Error {
  override readonly name = 'BuildError';
}
