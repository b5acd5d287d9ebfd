import { status } from '@grpc/grpc-js';

/** The gRPC status codes: `Code.NOT_FOUND`. */
export const Code = status;

/** One thing that is wrong with one field of a request. */
export interface FieldViolation {
  /** The field's path in the contract's names, as in `events[2].user_id`. */
  readonly field: string;
  /** What is wrong, and what would be right. */
  readonly description: string;
}

/**
 * A failure that the caller can be told about: its status, a reason for programs and a message for people.
 * Everything else that is thrown reaches the caller as INTERNAL, without a word of what it was.
 */
export class DomainError extends Error {
  /**
   * @param code the gRPC status
   * @param reason the name of a value of the contract's `Reason` enum, as in `POST_NOT_FOUND`
   * @param message a sentence that a person can act on; it is shown
   * @param metadata what a program needs, as in `{ required: '15' }`
   * @param domain the contract's package that defines the reason, as in `reputable.post.v1`
   * @param violations for INVALID_ARGUMENT: all that is wrong with the request
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
