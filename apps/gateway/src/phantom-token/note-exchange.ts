import { trace } from '@opentelemetry/api';

/** Notes in the span that the JWT had to be requested from auth. */
export function noteExchange(): void {
  trace.getActiveSpan()?.setAttribute('reputable.token.cached', false);
}
