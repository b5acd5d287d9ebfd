import type { DescService } from '@bufbuild/protobuf';
import { Client, type handleUnaryCall, Metadata, Server } from '@grpc/grpc-js';
import { channelCredentials, type CertificateWatch, serverCredentials } from '@reputable/auth';
import { serviceDefinition } from '@reputable/contracts';

const SAME = {
  requestSerialize: (it: Buffer) => it,
  requestDeserialize: (it: Buffer) => it,
  responseSerialize: (it: Buffer) => it,
  responseDeserialize: (it: Buffer) => it,
};

/** What stands in front of a service: where it is, and as whom it calls it and is called itself. */
export interface Front {
  readonly contract: DescService;
  readonly port: number;
  readonly service: string;
  readonly asService: CertificateWatch;
  readonly asGateway: CertificateWatch;
}

/** Stands in front of a service, passes every rpc on as it is, and notes its name. */
export class RpcCounter {
  /** The names of the rpcs that were passed on, in their order. */
  readonly rpcs: string[] = [];
  readonly #server = new Server();
  readonly #client: Client;

  private constructor({ contract, port, service, asGateway }: Front) {
    this.#client = new Client(`localhost:${String(port)}`, channelCredentials(asGateway, service, 'reputable.local'));
    const definition = Object.entries(serviceDefinition(contract)).map(([name, method]) => [name, { ...method, ...SAME }] as const);
    const handlers = definition.map(([name, { path }]) => [name, this.#passOn(name, path)] as const);
    this.#server.addService(Object.fromEntries(definition), Object.fromEntries(handlers));
  }

  /** Starts on a free port, which is that of its URL. */
  static async start(front: Front): Promise<RpcCounter & { readonly url: string }> {
    const counter = new RpcCounter(front);
    const port = await new Promise<number>((resolve, reject) => {
      counter.#server.bindAsync('localhost:0', serverCredentials(front.asService), (error, bound) => {
        if (error) reject(error);
        else resolve(bound);
      });
    });
    return Object.assign(counter, { url: `localhost:${String(port)}` });
  }

  #passOn(name: string, path: string): handleUnaryCall<Buffer, Buffer> {
    return ({ request, metadata }, callback) => {
      this.rpcs.push(name);
      const carried = new Metadata();
      for (const token of metadata.get('authorization')) carried.set('authorization', token);
      this.#client.makeUnaryRequest(path, SAME.requestSerialize, SAME.responseDeserialize, request, carried, (error, response) => {
        callback(error, response);
      });
    };
  }

  stop(): void {
    this.#server.forceShutdown();
    this.#client.close();
  }
}
