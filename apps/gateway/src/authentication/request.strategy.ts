import type { VerifiedToken } from '@reputable/auth';
import type { FastifyRequest } from 'fastify';
import passport from 'passport';

/** The outcome of a strategy's `validate`: a verified token, a promise of one, or undefined if the request has no credential of its kind. */
export type Validated = VerifiedToken | Promise<VerifiedToken> | undefined;

/** A strategy with the `validate` method that Nest's `PassportStrategy` requires. */
interface Validating {
  validate(request: FastifyRequest): Validated;
}

/**
 * The base of the gateway's Passport strategies. It reports a synchronous result of `validate(request)` synchronously; Nest's own callback
 * always awaits. `success` reports the token, `fail` (try the next strategy) undefined, `error` anything thrown.
 */
export class RequestStrategy extends passport.Strategy {
  override authenticate(request: object): void {
    try {
      const validated = (this as unknown as Validating).validate(request as FastifyRequest);
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
