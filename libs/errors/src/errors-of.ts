import type { DescEnum } from '@bufbuild/protobuf';
import type { status } from '@grpc/grpc-js';
import { DomainError } from './domain-error.ts';

/**
 * Returns a function that creates a service's errors. It accepts only reasons from the `Reason` enum of the contract.
 *
 * @example
 * const error = errorsOf<keyof typeof Reason>(ReasonSchema);
 * export const postNotFound = (id: string) => error(Code.NOT_FOUND, 'POST_NOT_FOUND', `Post ${id} does not exist.`, { id });
 */
export function errorsOf<Reason extends string>(schema: DescEnum) {
  const domain = schema.file.proto.package;
  return (code: status, reason: Reason, message: string, metadata: Readonly<Record<string, string>> = {}) =>
    new DomainError(code, reason, message, metadata, domain);
}
