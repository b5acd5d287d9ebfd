import type { DescMethod } from '@bufbuild/protobuf';
import { CliError } from '@reputable/cli';
import { generatedServices } from '@reputable/contracts/generated-services';
import { GRPC_SERVICES, type GrpcServiceName } from '@reputable/contracts/registry';

/** An rpc, and the service that serves it. */
export interface Target {
  readonly service: GrpcServiceName;
  readonly rpc: DescMethod;
}

/**
 * Finds an rpc.
 *
 * @throws CliError that lists the services, or the rpcs of the service
 */
export async function findRpc(serviceName: string, rpcName: string): Promise<Target> {
  const service = GRPC_SERVICES.find((name) => name === serviceName);
  if (service === undefined) throw new CliError(`Unknown service: ${serviceName}. Use one of ${GRPC_SERVICES.join(', ')}.`);
  const rpcs = (await generatedServices(service)).flatMap(({ methods }) => methods);
  const rpc = rpcs.find(({ name }) => name.toLowerCase() === rpcName.toLowerCase());
  if (!rpc) throw new CliError(`${service} has no rpc ${rpcName}. Use one of ${rpcs.map(({ name }) => name).join(', ')}.`);
  if (rpc.methodKind !== 'unary') throw new CliError(`${rpc.name} is a stream. This command calls unary rpcs.`);
  return { service, rpc };
}
