/**
 * Checks the health of a service, for an orchestrator that runs commands: `node health-check.js <port> <TLS_DIR>` by the gRPC health protocol
 * with the service's own certificate, or `node health-check.js <url>` by HTTP. Exits with 0 if the service is serving. It does without
 * grpc-js, which would take four times as long to load.
 */
import { readFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { join } from 'node:path';

const TIMEOUT_MS = 3_000;

/** HealthCheckRequest for the whole server: an empty gRPC frame. */
const REQUEST = Buffer.alloc(5);

/** HealthCheckResponse with the status SERVING, as a gRPC frame. */
const SERVING = Buffer.from([0, 0, 0, 0, 2, 8, 1]);

const signal = AbortSignal.timeout(TIMEOUT_MS);

async function serves(port: string, folder: string): Promise<boolean> {
  const [ca, key, cert] = ['ca.crt', 'tls.key', 'tls.crt'].map((name) => readFileSync(join(folder, name)));
  const session = connect(`https://localhost:${port}`, { ca, key, cert });
  const path = '/grpc.health.v1.Health/Check';
  const call = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' }, { signal });
  try {
    call.end(REQUEST);
    const chunks: Buffer[] = [];
    session.on('error', (error: Error) => call.destroy(error));
    for await (const chunk of call as AsyncIterable<Buffer>) chunks.push(chunk);
    return Buffer.concat(chunks).equals(SERVING);
  } finally {
    session.destroy();
  }
}

const [target = '', folder] = process.argv.slice(2);
try {
  const serving = folder === undefined ? (await fetch(target, { signal })).ok : await serves(target, folder);
  if (!serving) throw new Error('The service responds, but is not serving.');
} catch (error) {
  const { message, cause } = error as Error;
  console.error(cause instanceof Error ? cause.message : message);
  process.exitCode = 1;
}
