import { Client, Metadata } from '@grpc/grpc-js';
import { CertificateWatch } from '@reputable/auth';
import { methodDefinition } from '@reputable/contracts';
import { AuthService, type WatchRevocationsResponse } from '@reputable/contracts/auth/v1/auth';
import { TRUST_DOMAIN } from '@reputable/contracts/registry';
import type { System } from '@reputable/dev';
import { join } from 'node:path';

/** The first message of the revocation stream, which has all revoked ids. */
export interface CatchUp {
  /** The time from the connection to the decoded message, in milliseconds. A service opens the stream again after 3,000. */
  readonly ms: number;
  readonly ids: number;
  /** Its length, in bytes. */
  readonly messageBytes: number;
}

/** Opens the revocation stream as a service that starts. */
export async function catchUp({ ports, pki }: System): Promise<CatchUp> {
  const certificate = await CertificateWatch.open({ folder: join(pki.dir, 'gateway'), service: 'gateway', trustDomain: TRUST_DOMAIN });
  const { path, requestSerialize, responseDeserialize } = methodDefinition(AuthService.method.watchRevocations);
  const decode = (bytes: Buffer) => ({
    messageBytes: bytes.length,
    ids: (responseDeserialize(bytes) as WatchRevocationsResponse).revocations.length,
  });
  const options = { 'grpc.max_receive_message_length': -1 };
  const client = new Client(`localhost:${ports.auth}`, certificate.credentialsFor('auth'), options);
  const began = performance.now();
  const call = client.makeServerStreamRequest(path, requestSerialize, decode, {}, new Metadata());
  return new Promise<CatchUp>((resolve, reject) => {
    call.once('data', (first: ReturnType<typeof decode>) => resolve({ ...first, ms: performance.now() - began }));
    call.on('error', reject);
  }).finally(() => {
    call.cancel();
    client.close();
    certificate.close();
  });
}
