import { type DescMethod, type DescService, fromBinary } from '@bufbuild/protobuf';
import type { FieldMask } from '@bufbuild/protobuf/wkt';
import { Client, type handleUnaryCall, Metadata, Server } from '@grpc/grpc-js';
import { channelCredentials, type CertificateWatch, serverCredentials } from '@reputable/auth';
import { serviceDefinition } from '@reputable/contracts';

const RAW = {
  requestSerialize: (bytes: Buffer) => bytes,
  requestDeserialize: (bytes: Buffer) => bytes,
  responseSerialize: (bytes: Buffer) => bytes,
  responseDeserialize: (bytes: Buffer) => bytes,
};

/** The proxied service, and the certificates of the proxy's server and client. */
export interface Front {
  readonly contract: DescService;
  readonly port: number;
  readonly service: string;
  readonly asService: CertificateWatch;
  readonly asGateway: CertificateWatch;
}

/** A proxy in front of a service. It forwards every rpc unchanged and records its name, its `read_mask` and the size of its response. */
export class RpcCounter {
  /** The names of the forwarded rpcs, in order. */
  readonly rpcs: string[] = [];
  /** The paths of the last `read_mask` of each rpc that had one. */
  readonly masks = new Map<string, readonly string[]>();
  /** The size of the largest response of each rpc, in bytes. */
  readonly largest = new Map<string, number>();
  /** Calls wait for this promise before they are forwarded. */
  hold: Promise<unknown> = Promise.resolve();
  readonly #server = new Server();
  readonly #client: Client;

  private constructor({ contract, port, service, asGateway }: Front) {
    this.#client = new Client(`localhost:${String(port)}`, channelCredentials(asGateway, service, 'reputable.local'));
    const definition = Object.entries(serviceDefinition(contract)).map(([name, method]) => [name, { ...method, ...RAW }] as const);
    const handlers = contract.methods.map((method) => [method.name, this.#forward(method)] as const);
    this.#server.addService(Object.fromEntries(definition), Object.fromEntries(handlers));
  }

  /** Starts on a free port. */
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

  #forward({ name, parent, input }: DescMethod): handleUnaryCall<Buffer, Buffer> {
    const path = `/${parent.typeName}/${name}`;
    return ({ request, metadata }, callback) => {
      this.rpcs.push(name);
      const { readMask } = fromBinary(input, request) as { readMask?: FieldMask };
      if (readMask) this.masks.set(name, readMask.paths);
      const carried = new Metadata();
      for (const token of metadata.get('authorization')) carried.set('authorization', token);
      void this.hold.then(() =>
        this.#client.makeUnaryRequest(path, RAW.requestSerialize, RAW.responseDeserialize, request, carried, (error, response) => {
          this.largest.set(name, Math.max(this.largest.get(name) ?? 0, response?.length ?? 0));
          callback(error, response);
        }),
      );
    };
  }

  stop(): void {
    this.#server.forceShutdown();
    this.#client.close();
  }
}
