import type { DescMethod, MessageShape } from '@bufbuild/protobuf';
import { type ChannelCredentials, Client, Metadata, type ServiceError } from '@grpc/grpc-js';
import { methodDefinition } from '@reputable/contracts';
import { type DomainError, fromServiceError } from '@reputable/errors';
import { EventEmitter, once } from 'node:events';

/** The service and the token of a stream. */
export interface StreamTarget {
  readonly service: string;
  readonly port: number;
  readonly token: string | undefined;
}

/** An open stream of messages from a service. */
export class MessageStream<M extends DescMethod> {
  /** The messages received so far. */
  readonly messages: MessageShape<M['output']>[] = [];
  /** Resolves when the stream ends: with undefined, or with its error. */
  readonly ended: Promise<DomainError | undefined>;
  /** Cancels the stream. */
  readonly close: () => void;
  readonly #events = new EventEmitter();

  constructor(method: M, { service, port, token }: StreamTarget, credentials: ChannelCredentials) {
    const { path, requestSerialize, responseDeserialize } = methodDefinition(method);
    const client = new Client(`localhost:${String(port)}`, credentials);
    const metadata = new Metadata();
    if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
    const call = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, {}, metadata);
    call.on('data', (message: MessageShape<M['output']>) => {
      this.messages.push(message);
      this.#events.emit('message');
    });
    this.ended = new Promise((resolve) => {
      call.once('end', () => resolve(undefined));
      call.on('error', (error) => resolve(fromServiceError(error as ServiceError, service)));
    });
    this.close = () => {
      call.cancel();
      client.close();
    };
    void this.ended.then(() => client.close());
  }

  /** The first message. Rejects with the error of a stream that ends without one. */
  async first(): Promise<MessageShape<M['output']>> {
    await Promise.race([this.messages.length > 0 || once(this.#events, 'message'), this.ended.then(fail)]);
    return this.messages[0] as MessageShape<M['output']>;
  }
}

function fail(error: DomainError | undefined): never {
  throw error ?? new Error('The stream ended without a message.');
}
