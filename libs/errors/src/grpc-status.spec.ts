import { describe, expect, it } from '@jest/globals';
import { Metadata, type ServiceError, type status } from '@grpc/grpc-js';
import { Code, DomainError } from './domain-error.ts';
import { invalid } from './general-errors.ts';
import { fromServiceError, toStatus } from './grpc-status.ts';

const received = (error: DomainError): ServiceError => Object.assign(new Error(), toStatus(error));
const transport = (code: status, details: string): ServiceError =>
  Object.assign(new Error(details), { code, details, metadata: new Metadata() });

describe('an error through gRPC', () => {
  it('arrives unchanged', () => {
    const error = new DomainError(
      Code.PERMISSION_DENIED,
      'REPUTATION_TOO_LOW',
      'This needs 15; höher!',
      { required: '15' },
      'reputable.access.v1',
    );
    expect(fromServiceError(received(error), 'post')).toEqual(error);
  });

  it('keeps all field violations', () => {
    const violations = [
      { field: 'title', description: 'Too long.' },
      { field: 'events[2].id', description: 'Must be a UUID.' },
    ];
    expect(fromServiceError(received(invalid(violations)), 'post').violations).toMatchObject(violations);
  });

  it('has the first of many violations, and a part of long texts: large trailers would end the connection', () => {
    const long = 'x'.repeat(10_000);
    const error = invalid(Array.from({ length: 2_000 }, (_, index) => ({ field: `ids[${String(index)}]${long}`, description: long })));
    expect(error.violations).toHaveLength(20);
    expect(error.violations[0]).toEqual({ field: `ids[0]${'x'.repeat(294)}…`, description: `${'x'.repeat(300)}…` });
    const [details = ''] = toStatus(error).metadata.get('grpc-status-details-bin');
    expect((details.length * 4) / 3 + encodeURIComponent(error.message).length).toBeLessThan(48_000);
  });

  it.each([
    [Code.UNAVAILABLE, 'connect ECONNREFUSED 10.0.0.7:50052', 'SERVICE_UNAVAILABLE', { service: 'user' }],
    [Code.DEADLINE_EXCEEDED, 'Deadline exceeded after 2.0s,remote_addr=10.0.0.7', 'DEADLINE_EXCEEDED', { service: 'user' }],
    [Code.UNKNOWN, 'select * from account', 'INTERNAL', {}],
    [Code.INTERNAL, 'Error: at /app/src/x.ts:1', 'INTERNAL', {}],
  ])('details of a transport error are hidden: %s', (code, details, reason, metadata) => {
    const error = fromServiceError(transport(code, details), 'user');
    expect(error).toMatchObject({ reason, metadata });
    expect(error.message).not.toMatch(/10\.0\.0\.7|select|\/app/);
  });
});
