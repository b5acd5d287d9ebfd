/** Why a step cannot be done, in one line that says what to do. */
export class ProvisionError extends Error {
  override readonly name = 'ProvisionError';
}
