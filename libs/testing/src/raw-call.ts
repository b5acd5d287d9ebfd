import { type ChannelCredentials, Client, Metadata, type ServiceError } from '@grpc/grpc-js';
import { fromServiceError } from '@reputable/errors';

/** A call with arbitrary bytes as its request. */
export interface RawCall {
  readonly service: string;
  readonly port: number;
  /** `/package.Service/Rpc`. */
  readonly path: string;
  readonly token: string | undefined;
}

/** Places a call with these bytes as the request. Rejects with a DomainError, like `openClient`. */
export async function sendBytes(
  { service, port, path, token }: RawCall,
  bytes: Uint8Array,
  credentials: ChannelCredentials,
): Promise<void> {
  const client = new Client(`localhost:${String(port)}`, credentials);
  const metadata = new Metadata();
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  try {
    await new Promise<void>((resolve, reject) => {
      const done = (error: ServiceError | null) => {
        if (error) reject(fromServiceError(error, service));
        else resolve();
      };
      client.makeUnaryRequest(path, asIs, asIs, Buffer.from(bytes), metadata, { deadline: Date.now() + 5_000 }, done);
    });
  } finally {
    client.close();
  }
}

const asIs = (bytes: Buffer) => bytes;
