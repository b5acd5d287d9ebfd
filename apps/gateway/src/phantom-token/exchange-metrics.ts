import { TokenRefusal } from '@reputable/auth';
import { DomainError } from '@reputable/errors';
import { DURATION_BUCKETS, instruments } from '@reputable/tracing';

const metrics = instruments((meter) => ({
  lookups: meter.createCounter('reputable.token.lookups', {
    unit: '{lookup}',
    description: 'Look-ups of the JWT of a credential, by whether it was cached',
  }),
  exchanges: meter.createHistogram('reputable.token.exchange.duration', {
    unit: 's',
    description: 'Duration of token exchanges at auth',
    advice: { explicitBucketBoundaries: DURATION_BUCKETS },
  }),
}));

/** Counts a look-up of the JWT of a credential. */
export function countLookup(cached: boolean): void {
  metrics()?.lookups.add(1, { 'reputable.token.cached': cached });
}

/** Records the duration of an exchange, and the reason of its error. */
export async function timed<T>(exchange: () => Promise<T>): Promise<T> {
  const histogram = metrics()?.exchanges;
  if (!histogram) return exchange();
  const startedAt = performance.now();
  const record = (failure?: unknown) =>
    histogram.record((performance.now() - startedAt) / 1000, failure === undefined ? {} : { 'error.type': reasonOf(failure) });
  try {
    const exchanged = await exchange();
    record();
    return exchanged;
  } catch (error) {
    record(error);
    throw error;
  }
}

function reasonOf(failure: unknown): string {
  const error = failure instanceof TokenRefusal ? failure.error : failure;
  return error instanceof DomainError ? error.reason : '_OTHER';
}
