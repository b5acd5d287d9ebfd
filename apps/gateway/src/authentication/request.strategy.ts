import type { VerifiedToken } from '@reputable/auth';
import type { FastifyRequest } from 'fastify';
import passport from 'passport';

/** The outcome of a strategy's `validate`: a verified token, a promise of one, or undefined if the request has no credential of its kind. */
export type Validated = VerifiedToken | Promise<VerifiedToken> | undefined;

/** A strategy with a `validate` as Nest's `PassportStrategy` demands it. */
interface Validating {
  validate(request: FastifyRequest): Validated;
}

/**
 * The base of the gateway's Passport strategies. It reports the outcome of `validate(request)` at once if that is no promise, which Nest's
 * own callback never does: `success` with the token, `fail` (the next strategy is tried) for undefined, `error` for anything thrown.
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
