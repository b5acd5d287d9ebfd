import type { DescMethod } from '@bufbuild/protobuf';
import { applyDecorators, HttpCode, HttpStatus, SetMetadata } from '@nestjs/common';
import type { z } from 'zod';

/** The headers of answers. */
export type HeaderName = 'etag' | 'link' | 'location';

/** What the OpenAPI document states about an operation, besides its path and its parameters. */
export interface OperationOptions {
  readonly summary: string;
  /** The rpcs that it calls. Their rules are its rules. */
  readonly rpcs: readonly DescMethod[];
  /** Whether it needs a user, even if its rpcs do not. */
  readonly needsUser?: boolean;
  /** The schema of the answer. Without it, the answer has no content. */
  readonly answer?: z.ZodType;
  /** Whether it creates something. */
  readonly creates?: boolean;
  /** Whether a repeated request with the same Idempotency-Key changes nothing more. */
  readonly takesKey?: boolean;
  /** The headers of the answer that have a meaning for it. */
  readonly headers?: readonly HeaderName[];
  /** The statuses of refusals, besides those that every operation has. */
  readonly refusals?: readonly number[];
}

/** The key of an operation's options in the metadata of its handler. */
export const OPERATION = Symbol('Operation');

/** The HTTP status of an operation that succeeds. */
export const statusOf = ({ answer, creates = false }: OperationOptions): HttpStatus => {
  if (!answer) return HttpStatus.NO_CONTENT;
  return creates ? HttpStatus.CREATED : HttpStatus.OK;
};

/** An operation of the HTTP API: sets its status, and describes it in the OpenAPI document. */
export const Operation = (options: OperationOptions) => applyDecorators(HttpCode(statusOf(options)), SetMetadata(OPERATION, options));
