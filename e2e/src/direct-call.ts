import { Client, Metadata, type ServiceError } from '@grpc/grpc-js';
import { CertificateWatch, channelCredentials } from '@reputable/auth';
import { serviceDefinition } from '@reputable/contracts';
import { PostService } from '@reputable/contracts/post/v1/post';
import { type ServiceName, TRUST_DOMAIN } from '@reputable/contracts/registry';
import type { System } from '@reputable/dev';
import { fromServiceError } from '@reputable/errors';
import { join } from 'node:path';

/** What a call to post shows of whom it is from. */
export interface Shown {
  /** The service whose certificate it shows: the gateway's, unless this is given. */
  readonly service?: ServiceName;
  readonly token?: string;
  /** Metadata beside the token. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Calls post without asking the gateway. Rejects with a DomainError, as a client of ours would. */
export async function callPost(system: System, rpc: keyof Rpcs, request: object, shown: Shown): Promise<void> {
  const { service = 'gateway', token, headers = {} } = shown;
  const certificate = await CertificateWatch.open({ folder: join(system.pki.dir, service), service, trustDomain: TRUST_DOMAIN });
  const client = new Client(`localhost:${String(system.ports.post)}`, channelCredentials(certificate, 'post', TRUST_DOMAIN));
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  const { path, requestSerialize, responseDeserialize } = (serviceDefinition(PostService) as unknown as Rpcs)[rpc];
  try {
    await new Promise<void>((resolve, reject) => {
      const done = (error: ServiceError | null) => {
        if (error) reject(fromServiceError(error, 'post'));
        else resolve();
      };
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, metadata, { deadline: Date.now() + 2_000 }, done);
    });
  } finally {
    client.close();
    certificate.close();
  }
}

type Rpcs = Record<'UpvotePost' | 'DeletePost' | 'GetPost', ReturnType<typeof serviceDefinition>[string]>;
