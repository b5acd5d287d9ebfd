import type { DiagLogger } from '@opentelemetry/api';

/** The shortest time between two reports, in milliseconds. */
const PAUSE_MS = 60_000;

/** Reports the SDK's warnings and errors, the first one at once and then at most one a minute: an exporter without a collector fails every few seconds. */
export function quiet(report: (fault: string) => void): DiagLogger {
  let next = 0;
  const warn = (message: string) => {
    const now = performance.now();
    if (now < next) return;
    next = now + PAUSE_MS;
    report(summaryOf(message));
  };
  const none = () => undefined;
  return { error: warn, warn, info: none, debug: none, verbose: none };
}

/** The SDK passes an error as JSON with its stack. */
function summaryOf(message: string): string {
  try {
    const { message: text, code } = JSON.parse(message) as { message?: string; code?: string };
    return [text, code].filter(Boolean).join(' ') || message;
  } catch {
    return message;
  }
}
