import type { VerifiedToken } from '@reputable/auth';
import passport from 'passport';
import type { KnownCredential } from './credential.ts';

/** The outcome of a strategy's `validate`: a verified token, a promise of one, or undefined if the credential is none. */
export type Validated = VerifiedToken | Promise<VerifiedToken> | undefined;

/** A strategy with the `validate` method that Nest's `PassportStrategy` requires. */
interface Validating {
  validate(credential: KnownCredential): Validated;
}

/**
 * The base of the gateway's Passport strategies. It reports a synchronous result of `validate(credential)` synchronously; Nest's own callback
 * always awaits. `success` reports the token, `fail` undefined, `error` anything thrown.
 */
export class CredentialStrategy extends passport.Strategy {
  override authenticate(credential: object): void {
    try {
      const validated = (this as unknown as Validating).validate(credential as KnownCredential);
      if (validated === undefined) this.fail(undefined);
      else if (validated instanceof Promise)
        validated
          .then((token) => {
            this.success(token);
          })
          .catch((error: unknown) => {
            this.error(error);
          });
      else this.success(validated);
    } catch (error) {
      this.error(error);
    }
  }
}
