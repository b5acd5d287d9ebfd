import { status } from '@grpc/grpc-js';

/** The gRPC status codes: `Code.NOT_FOUND`. */
export const Code = status;

/** A fault of one field of a request. */
export interface FieldViolation {
  /** The field's path in the contract's names, for example `events[2].user_id`. */
  readonly field: string;
  /** The fault and how to correct it. */
  readonly description: string;
}

/**
 * An error that reaches the client: with a status, a reason for programs and a message for people. Any other error reaches the client as
 * INTERNAL, without details.
 */
export class DomainError extends Error {
  /**
   * @param code the gRPC status
   * @param reason a value of the contract's `Reason` enum, for example `POST_NOT_FOUND`
   * @param message a sentence that a person can act on; clients show it
   * @param metadata details for programs, for example `{ required: '15' }`
   * @param domain the contract's package that defines the reason, for example `reputable.post.v1`
   * @param violations for INVALID_ARGUMENT: all faults of the request
   */
  constructor(
    readonly code: status,
    readonly reason: string,
    message: string,
    readonly metadata: Readonly<Record<string, string>> = {},
    readonly domain = 'reputable.access.v1',
    readonly violations: readonly FieldViolation[] = [],
  ) {
    super(message);
    this.name = 'DomainError';
  }
}
