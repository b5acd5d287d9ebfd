import type { DescMethod, DescService } from '@bufbuild/protobuf';
import { CliError } from '@reputable/cli';
import { GRPC_SERVICES, type GrpcServiceName } from '@reputable/contracts/registry';
import { root } from '@reputable/run/build';
import { globSync } from 'node:fs';
import { join } from 'node:path';

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
  const rpcs = (await contractsOf(service)).flatMap(({ methods }) => methods);
  const rpc = rpcs.find(({ name }) => name.toLowerCase() === rpcName.toLowerCase());
  if (!rpc) throw new CliError(`${service} has no rpc ${rpcName}. Use one of ${rpcs.map(({ name }) => name).join(', ')}.`);
  if (rpc.methodKind !== 'unary') throw new CliError(`${rpc.name} is a stream. This command calls unary rpcs.`);
  return { service, rpc };
}

/** The contracts of a service, from the generated code: a new service needs no change here. */
async function contractsOf(service: string): Promise<DescService[]> {
  const folder = join(root, 'libs/contracts/src/gen/reputable', service);
  const modules = globSync('**/*_pb.ts', { cwd: folder }).map((file) => import(join(folder, file)) as Promise<Record<string, unknown>>);
  return (await Promise.all(modules)).flatMap((module) => Object.values(module)).filter(isService);
}

const isService = (value: unknown): value is DescService => (value as { kind?: unknown }).kind === 'service';
