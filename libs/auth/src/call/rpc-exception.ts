import type { StatusObject } from '@grpc/grpc-js';
import { RpcException } from '@nestjs/microservices';
import { type DomainError, toStatus } from '@reputable/errors';

/** The error as Nest's own exception. It needs no {@link DomainErrorFilter}: its status has the `google.rpc.ErrorInfo` already. */
export const toRpcException = (error: DomainError): RpcException => new RpcException(toStatus(error));

/** The status of a gRPC call in an RpcException; undefined for an exception that has only a text. */
export function statusIn(exception: RpcException): StatusObject | undefined {
  const error = exception.getError();
  return typeof error === 'object' && 'code' in error ? (error as StatusObject) : undefined;
}
