import {
  create,
  type DescMessage,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { Client, credentials, Server, ServerCredentials, type ServiceError } from '@grpc/grpc-js';
import { promisify } from 'node:util';

/** Handles a request of an rpc. */
type Handler<M extends DescMethodUnary> = (request: MessageShape<M['input']>) => Promise<MessageInitShape<M['output']>>;

/** Serves one rpc with grpc-js alone on a free port, and sends the port to the parent process. */
export async function serve<M extends DescMethodUnary>(method: M, handle: Handler<M>): Promise<void> {
  const server = new Server();
  const rpc = (
    call: { request: MessageShape<M['input']> },
    callback: (error: Error | null, response?: MessageInitShape<M['output']>) => void,
  ) => {
    handle(call.request).then((response) => callback(null, response), callback);
  };
  server.addService({ [method.name]: definitionOf(method) }, { [method.name]: rpc });
  const bind = promisify(server.bindAsync.bind(server));
  for (const end of ['disconnect', 'SIGTERM']) process.once(end, () => process.exit());
  process.send?.({ ready: { grpc: await bind('127.0.0.1:0', ServerCredentials.createInsecure()) } });
}

/** Returns a function that calls the rpc at an address with grpc-js alone. */
export function connect<M extends DescMethodUnary>(
  method: M,
  address: string,
): (request: MessageInitShape<M['input']>) => Promise<MessageShape<M['output']>> {
  const client = new Client(address, credentials.createInsecure());
  const { path, requestSerialize, responseDeserialize } = definitionOf(method);
  return (request) =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, (error: ServiceError | null, response) => {
        if (response) resolve(response);
        else reject(error ?? new Error('No response.'));
      });
    });
}

const definitionOf = <M extends DescMethodUnary>(method: M) => ({
  path: `/${method.parent.typeName}/${method.name}`,
  ...{ requestStream: false, responseStream: false },
  ...{ requestSerialize: encoder<M['input']>(method.input), requestDeserialize: decoder<M['input']>(method.input) },
  ...{ responseSerialize: encoder<M['output']>(method.output), responseDeserialize: decoder<M['output']>(method.output) },
});

const encoder =
  <S extends DescMessage>(schema: S) =>
  (init: MessageInitShape<S>) =>
    Buffer.from(toBinary(schema, create(schema, init)));

const decoder =
  <S extends DescMessage>(schema: S) =>
  (bytes: Uint8Array) =>
    fromBinary(schema, bytes);
