import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { anyPack, anyUnpack } from '@bufbuild/protobuf/wkt';
import { Metadata, type StatusObject } from '@grpc/grpc-js';
import { BadRequestSchema, ErrorInfoSchema, StatusSchema, type Status } from '@reputable/contracts/google/rpc';
import { type Advice, TRY_AGAIN_WITH_KEY } from './advice.ts';
import { Code, DomainError } from './domain-error.ts';
import { deadlineExceeded, internal, serviceUnavailable } from './general-errors.ts';

const DETAILS = 'grpc-status-details-bin';

/** The error as the status of a gRPC call: code, message, and a google.rpc.Status in the trailer `grpc-status-details-bin`. */
export function toStatus(error: DomainError): StatusObject {
  const { code, message, reason, domain, violations } = error;
  const details = [anyPack(ErrorInfoSchema, create(ErrorInfoSchema, { reason, domain, metadata: { ...error.metadata } }))];
  if (violations.length > 0) {
    details.push(anyPack(BadRequestSchema, create(BadRequestSchema, { fieldViolations: [...violations] })));
  }
  const metadata = new Metadata();
  metadata.set(DETAILS, Buffer.from(toBinary(StatusSchema, create(StatusSchema, { code, message, details }))));
  return { code, details: message, metadata };
}

/**
 * Maps a failed call to `service` to a DomainError. It passes on an error from a service of ours. It hides the details of transport errors,
 * such as addresses and handshakes.
 *
 * @param advice what to do after a call without an answer. Default: try again
 */
export function fromServiceError(failure: Pick<StatusObject, 'code' | 'metadata'>, service: string, advice?: Advice): DomainError {
  const details = readDetails(failure);
  if (details && (advice !== TRY_AGAIN_WITH_KEY || details.metadata['retry'] !== 'unsafe')) return details;
  if (failure.code === Code.UNAVAILABLE) return serviceUnavailable(service, advice);
  if (failure.code === Code.DEADLINE_EXCEEDED) return deadlineExceeded(service, advice);
  return internal();
}

/** The error in the details; undefined for none, and for bytes that are no message: the client that reads them must still end its call. */
function readDetails(failure: Pick<StatusObject, 'code' | 'metadata'>): DomainError | undefined {
  const [bytes] = failure.metadata.get(DETAILS);
  if (!Buffer.isBuffer(bytes)) return undefined;
  try {
    return errorIn(bytes, failure.code);
  } catch {
    return undefined;
  }
}

function errorIn(bytes: Buffer, code: DomainError['code']): DomainError | undefined {
  const status = fromBinary(StatusSchema, bytes);
  const info = detail(status, ErrorInfoSchema);
  if (!info) return undefined;
  const violations = detail(status, BadRequestSchema)?.fieldViolations ?? [];
  return new DomainError(code, info.reason, status.message, info.metadata, info.domain, violations);
}

function detail<S extends typeof ErrorInfoSchema | typeof BadRequestSchema>(status: Status, schema: S) {
  for (const any of status.details) {
    const message = anyUnpack(any, schema);
    if (message) return message;
  }
  return undefined;
}
