import { Client, Metadata } from '@grpc/grpc-js';
import { CertificateWatch, RevocationStream, serviceDefinition, TokenRevocations } from '@reputable/auth';
import { AuthService } from '@reputable/contracts/auth/v1/auth';
import { TRUST_DOMAIN } from '@reputable/contracts/registry';
import type { System } from '@reputable/dev';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** How a service begins to know the revoked ids. */
export interface CatchUp {
  /** The time from the connection to the knowledge of all revoked ids, in milliseconds. */
  readonly ms: number;
  readonly ids: number;
  /** The length of the first message, in bytes. */
  readonly messageBytes: number;
}

/** The longest time for the first message, in milliseconds. The stream opens again if it takes more than three seconds, and may never get it. */
const TIMEOUT_MS = 30_000;

/**
 * Opens the revocation stream as a service that starts.
 *
 * @throws {Error} if the first message does not arrive
 */
export async function catchUp({ ports, pki }: System): Promise<CatchUp> {
  const url = `localhost:${ports.auth}`;
  const certificate = await CertificateWatch.open({ folder: join(pki.dir, 'gateway'), service: 'gateway', trustDomain: TRUST_DOMAIN });
  const revocations = new TokenRevocations();
  const began = performance.now();
  const stream = new RevocationStream({ url, service: 'auth' }, certificate, revocations);
  await Promise.race([revocations.ready, sleep(TIMEOUT_MS, undefined, { ref: false })]);
  const ms = performance.now() - began;
  stream.close();
  revocations.close();
  if (revocations.fault !== undefined) throw new Error(`A service that starts has no revoked ids after ${ms.toFixed(0)} ms.`);
  const messageBytes = await firstMessage(url, certificate);
  certificate.close();
  return { ms, ids: [...revocations.all()].length, messageBytes };
}

/** The length of the first message of the stream. */
function firstMessage(url: string, certificate: CertificateWatch): Promise<number> {
  const { path, requestSerialize } = serviceDefinition(AuthService).WatchRevocations as ReturnType<typeof serviceDefinition>[string];
  const client = new Client(url, certificate.credentialsFor('auth'), { 'grpc.max_receive_message_length': -1 });
  const call = client.makeServerStreamRequest(path, requestSerialize, (bytes) => bytes, {}, new Metadata());
  return new Promise<number>((resolve, reject) => {
    call.once('data', (bytes: Buffer) => resolve(bytes.length));
    call.on('error', reject);
  }).finally(() => {
    call.cancel();
    client.close();
  });
}
