import { type DescFile, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import type { Server } from '@grpc/grpc-js';
import type { ServerSecurity } from '@reputable/auth';

/** Adds reflection to a server. */
export type AddReflection = (server: Server, serves: ServerSecurity['serves']) => void;

/**
 * gRPC server reflection, for development: tools such as grpcurl read the contract from the server. Like every rpc it needs the certificate of a
 * service. Images do not have the package, so services in them have no reflection.
 */
export async function loadReflection(): Promise<AddReflection | undefined> {
  const module = await import('@grpc/reflection').catch(() => undefined);
  return module && ((server, serves) => new module.ReflectionService(filesOf(serves) as never).addToServer(server));
}

/** The files of the contracts, as a package definition of proto-loader has them. */
function filesOf(serves: ServerSecurity['serves']): Record<string, { readonly fileDescriptorProtos: readonly Buffer[] }> {
  const files = new Map<string, Buffer>();
  const add = (file: DescFile) => {
    if (files.has(file.name)) return;
    files.set(file.name, Buffer.from(toBinary(FileDescriptorProtoSchema, file.proto)));
    file.dependencies.forEach(add);
  };
  for (const { descriptor } of serves) if (descriptor) add(descriptor.file);
  return Object.fromEntries([...files].map(([name, file]) => [name, { fileDescriptorProtos: [file] }]));
}
