/**
 * Switches the OpenTelemetry SDK of a service off by SIGUSR2, and on again by SIGWINCH, so that one process can be measured with it and without.
 * Two processes are never equally fast. Import it before the service starts. The API keeps the parts of the SDK in one global object.
 */
const API = Symbol.for('opentelemetry.js.api.1');

/** What the code of a service finds in a process without an SDK: no tracer behind that of the API. */
const NO_SDK = { trace: { getDelegateTracer: () => undefined }, context: undefined, propagation: undefined };

let sdk;

process.on('SIGUSR2', () => {
  const { trace, context, propagation } = globalThis[API];
  sdk ??= { trace, context, propagation };
  Object.assign(globalThis[API], NO_SDK);
});

process.on('SIGWINCH', () => {
  Object.assign(globalThis[API], sdk);
});
