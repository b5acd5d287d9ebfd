/**
 * Checks the health of a service, for an orchestrator that runs commands: `node health-check.js <port> <TLS_DIR>` by the gRPC health protocol
 * with the service's own certificate, or `node health-check.js <url>` by HTTP. Exits with 0 if the service is serving. The server must show the
 * same SPIFFE ID; its DNS names do not matter, because certificates from elsewhere have no `localhost`. It does without grpc-js, which would
 * take four times as long to load.
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { join } from 'node:path';
import type { PeerCertificate } from 'node:tls';

const TIMEOUT_MS = 3_000;

/** HealthCheckRequest for the whole server: an empty gRPC frame. */
const REQUEST = Buffer.alloc(5);

/** HealthCheckResponse with the status SERVING, as a gRPC frame. */
const SERVING = Buffer.from([0, 0, 0, 0, 2, 8, 1]);

const signal = AbortSignal.timeout(TIMEOUT_MS);

/** The URIs in the names of a certificate. */
const urisIn = (names = '') => names.split(', ').filter((name) => name.startsWith('URI:'));

/** The check that a server has the SPIFFE ID of this certificate. */
function sameIdentity(cert: Buffer): (host: string, server: PeerCertificate) => Error | undefined {
  const [own, ...more] = urisIn(new X509Certificate(cert).subjectAltName);
  if (own === undefined || more.length > 0) throw new Error('tls.crt does not have exactly one SPIFFE ID.');
  return (_host, { subjectaltname }) => {
    const uris = urisIn(subjectaltname);
    return uris.length === 1 && uris[0] === own ? undefined : new Error(`The server is not ${own.slice('URI:'.length)}.`);
  };
}

async function serves(port: string, folder: string): Promise<boolean> {
  const read = (name: string) => readFileSync(join(folder, name));
  const [ca, key, cert] = [read('ca.crt'), read('tls.key'), read('tls.crt')];
  const session = connect(`https://localhost:${port}`, { ca, key, cert, checkServerIdentity: sameIdentity(cert) });
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
