import type { DescMethod } from '@bufbuild/protobuf';
import { type ChannelCredentials, Client, Metadata, type ServiceError } from '@grpc/grpc-js';
import { fromServiceError } from '@reputable/errors';
import { PATIENCE_MS } from './config.ts';

/** A client of a service whose requests are arbitrary bytes. */
export class RawClient {
  readonly #client: Client;

  constructor(
    readonly service: string,
    port: number,
    credentials: ChannelCredentials,
  ) {
    this.#client = new Client(`localhost:${String(port)}`, credentials);
  }

  /** Places a call with these bytes as the request, and waits for the response or the first message. Rejects with a DomainError, like `openClient`. */
  async send({ parent, name, methodKind }: DescMethod, bytes: Uint8Array, token: string | undefined): Promise<void> {
    const metadata = new Metadata();
    if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
    const path = `/${parent.typeName}/${name}`;
    const options = { deadline: Date.now() + PATIENCE_MS };
    await new Promise<void>((resolve, reject) => {
      const done = (error: ServiceError | null) => {
        if (error) reject(fromServiceError(error, this.service));
        else resolve();
      };
      if (methodKind !== 'server_streaming') {
        this.#client.makeUnaryRequest(path, asIs, asIs, Buffer.from(bytes), metadata, options, done);
        return;
      }
      const stream = this.#client.makeServerStreamRequest(path, asIs, asIs, Buffer.from(bytes), metadata, options);
      stream.on('error', (error) => done(error as ServiceError));
      stream.once('end', resolve);
      stream.once('data', () => {
        resolve();
        stream.cancel();
      });
    });
  }

  close(): void {
    this.#client.close();
  }
}

const asIs = (bytes: Buffer) => bytes;
