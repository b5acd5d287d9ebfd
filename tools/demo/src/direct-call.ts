import { once } from 'node:events';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { Client, Metadata } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { CertificateWatch, channelCredentials } from '@reputable/auth';
import { serviceDefinition } from '@reputable/contracts';
import { PostService } from '@reputable/contracts/post/v1/post';
import { type ServiceName, TRUST_DOMAIN } from '@reputable/contracts/registry';
import type { System } from '@reputable/dev';
import { Code, fromServiceError } from '@reputable/errors';
import type { Outcome } from './outcome.ts';

type Surroundings = Pick<System, 'ports' | 'pki'>;

/** Asks post for an upvote without asking the gateway: with the certificate of a service, and a token or none. */
export async function upvoteAtPost(system: Surroundings, id: string, service: ServiceName, token?: string): Promise<Outcome> {
  const folder = join(system.pki.dir, service);
  const certificate = await CertificateWatch.open({ folder, service, trustDomain: TRUST_DOMAIN });
  const client = new Client(`localhost:${String(system.ports.post)}`, channelCredentials(certificate, 'post', TRUST_DOMAIN));
  const metadata = new Metadata();
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  const { path, requestSerialize, responseDeserialize } = serviceDefinition(PostService)['UpvotePost'] ?? notInContract();
  try {
    return await new Promise((resolve) => {
      const done = (error: ServiceError | null) => {
        resolve(error ? refusedBy(error) : { decision: 'allowed', facts: {}, value: undefined });
      };
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, { id }, metadata, { deadline: Date.now() + 2_000 }, done);
    });
  } finally {
    client.close();
    certificate.close();
  }
}

/** Connects to post without a certificate. That the server speaks, or ends the connection without a word, would be news. */
export async function connectToPost({ ports, pki }: Surroundings): Promise<Outcome> {
  const socket = connect({ port: ports.post, host: 'localhost', ca: pki.rootPem, servername: 'localhost', ALPNProtocols: ['h2'] });
  try {
    // In TLS 1.3 a client learns only after its own part of the handshake whether the server takes it.
    await once(socket, 'data', { signal: AbortSignal.timeout(2_000) });
    return { decision: 'allowed', facts: {}, value: undefined };
  } catch (error) {
    const { code = 'NO_CONNECTION' } = error as NodeJS.ErrnoException;
    return {
      decision: 'refused',
      code: 'no connection',
      reason: code.replace(/^ERR_SSL_(TLSV13_ALERT_)?/, ''),
      message: 'post ends the TLS handshake with an alert.',
      metadata: {},
    };
  } finally {
    socket.destroy();
  }
}

function refusedBy(error: ServiceError): Outcome {
  const { code, reason, message, metadata } = fromServiceError(error, 'post');
  return { decision: 'refused', code: Code[code], reason, message, metadata };
}

function notInContract(): never {
  throw new Error('The contract has no UpvotePost.');
}
