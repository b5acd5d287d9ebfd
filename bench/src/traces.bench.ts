import { compareTwo } from './unary-load.ts';

/** Measures the cost of spans in a unary call with a cached token, compared with the same server without an OpenTelemetry SDK. */
export async function run(): Promise<void> {
  const none = { name: 'no spans', mtls: true, checks: true };
  await compareTwo(none, { ...none, name: 'spans of every tenth call', spans: 'tenth' });
  await compareTwo(none, { ...none, name: 'spans of all calls', spans: 'all' });
}
