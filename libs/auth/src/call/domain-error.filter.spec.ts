import { status, type StatusObject } from '@grpc/grpc-js';
import { describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { RpcException } from '@nestjs/microservices';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { firstValueFrom } from 'rxjs';
import { Code, DomainError, fromServiceError } from '@reputable/errors';
import { tokenMissing } from '../access/denials.ts';
import { RefusalLog } from '../refusal/refusal-log.ts';
import { DomainErrorFilter } from './domain-error.filter.ts';
import { toRpcException } from './rpc-exception.ts';

/** The status of a call whose handler throws this error. */
async function statusFor(error: unknown) {
  const host = new ExecutionContextHost([]);
  host.setType('rpc');
  return firstValueFrom(new DomainErrorFilter().catch(error, host)).catch((failure: unknown) => failure as StatusObject);
}

describe('the filter', () => {
  it.each([
    ['a DomainError', tokenMissing()],
    ['the same error as an RpcException', toRpcException(tokenMissing())],
  ])('sends the status and the reason of %s', async (_name, error) => {
    const failure = await statusFor(error);
    expect(failure.code).toBe(status.UNAUTHENTICATED);
    expect(fromServiceError(failure, 'invoice')).toEqual(tokenMissing());
  });

  it.each([
    ['another error', new Error('select * from account')],
    ['an RpcException without a status', new RpcException('select * from account')],
  ])('hides %s', async (_name, error) => {
    const logged = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    expect(await statusFor(error)).toMatchObject({ code: status.INTERNAL, details: expect.not.stringContaining('account') });
    expect(logged).toHaveBeenCalledTimes(1);
    logged.mockRestore();
  });

  it('logs that a rule for the row has refused a call, and no other error', async () => {
    const note = jest.spyOn(RefusalLog.prototype, 'note').mockImplementation(() => undefined);
    await statusFor(new DomainError(Code.NOT_FOUND, 'POST_NOT_FOUND', 'It does not exist.', { id: '1' }));
    await statusFor(new DomainError(Code.PERMISSION_DENIED, 'NOT_YOUR_POST', 'It is not yours.', { id: '1' }));
    expect(note.mock.calls).toEqual([[expect.objectContaining({ reason: 'NOT_YOUR_POST', id: '1' })]]);
    note.mockRestore();
  });
});
