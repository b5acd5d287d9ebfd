import { status } from '@grpc/grpc-js';
import { DURATION_BUCKETS, instruments } from '@reputable/tracing';

/** The codes that are the fault of the server, in the semantic conventions for gRPC. */
export const SERVER_FAULTS: ReadonlySet<status> = new Set([
  status.UNKNOWN,
  status.DEADLINE_EXCEEDED,
  status.UNIMPLEMENTED,
  status.INTERNAL,
  status.UNAVAILABLE,
  status.DATA_LOSS,
]);

const durations = (end: 'server' | 'client', description: string) =>
  instruments((meter) => {
    const advice = { explicitBucketBoundaries: DURATION_BUCKETS };
    return meter.createHistogram(`rpc.${end}.call.duration`, { unit: 's', description, advice });
  });

const serverDurations = durations('server', 'Duration of the calls that a service receives');
const clientDurations = durations('client', 'Duration of the calls that a service places');

/** Whether the durations of calls are recorded: whether an OpenTelemetry SDK for metrics runs. */
export const areCallsTimed = (): boolean => serverDurations() !== undefined;

/** @param rpc `package.Service/Rpc`, and `_OTHER` for one without a rule, so that clients cannot choose the values */
export function recordServerCall(rpc: string, code: status, milliseconds: number): void {
  serverDurations()?.record(milliseconds / 1000, attributesOf(rpc, code, SERVER_FAULTS.has(code)));
}

/** @param rpc `package.Service/Rpc` */
export function recordClientCall(rpc: string, code: status, milliseconds: number): void {
  clientDurations()?.record(milliseconds / 1000, attributesOf(rpc, code, code !== status.OK));
}

const attributesOf = (rpc: string, code: status, failed: boolean) => ({
  'rpc.system.name': 'grpc',
  'rpc.method': rpc,
  'rpc.response.status_code': status[code],
  ...(failed && { 'error.type': status[code] }),
});
