import { trace } from '@opentelemetry/api';
import { countLookup } from './exchange-metrics.ts';

/** Notes in the span and the metrics that the JWT had to be requested from auth. */
export function noteExchange(): void {
  countLookup(false);
  trace.getActiveSpan()?.setAttribute('reputable.token.cached', false);
}
