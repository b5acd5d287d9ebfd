import type { DescMethod } from '@bufbuild/protobuf';
import { Client, Metadata, type ServiceError } from '@grpc/grpc-js';
import { type CertificateWatch, channelCredentials } from '@reputable/auth';
import { methodDefinition } from '@reputable/contracts';
import { type GrpcServiceName, TRUST_DOMAIN } from '@reputable/contracts/registry';
import { fromServiceError } from '@reputable/errors';

/** How long the service may take, in milliseconds. */
const DEADLINE_MS = 5_000;

/** A call of a unary rpc of a service on this machine. */
export interface UnaryCall {
  readonly service: GrpcServiceName;
  readonly port: number;
  readonly rpc: DescMethod;
  readonly request: object;
  readonly token?: string | undefined;
  /** Further metadata. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Places a call with a certificate, closes that, and returns the response. Rejects with a DomainError. */
export async function placeUnaryCall(certificate: CertificateWatch, call: UnaryCall): Promise<object> {
  const { service, port, rpc, request, token, headers = {} } = call;
  const client = new Client(`localhost:${String(port)}`, channelCredentials(certificate, service, TRUST_DOMAIN));
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  const { path, requestSerialize, responseDeserialize } = methodDefinition(rpc);
  try {
    return await new Promise<object>((resolve, reject) => {
      const done = (error: ServiceError | null, response: object = {}) => {
        if (error) reject(fromServiceError(error, service));
        else resolve(response);
      };
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, metadata, { deadline: Date.now() + DEADLINE_MS }, done);
    });
  } finally {
    client.close();
    certificate.close();
  }
}
