import type { ServerInterceptor } from '@grpc/grpc-js';
import { type AsyncMicroserviceOptions, type GrpcOptions, Transport } from '@nestjs/microservices';
import { SERVER_SECURITY, type ServerSecurity } from './auth.module.ts';

/** Options of Nest's gRPC transport, but for those that the rules depend on. */
export type OpenGrpcOptions = Omit<GrpcOptions['options'], 'package' | 'packageDefinition' | 'protoPath' | 'credentials'>;

/**
 * Nest's own gRPC transport, secured: mutual TLS, the contracts that `AuthModule.forService` was told of and no others, and the rules in
 * front of every one of their rpcs. For `NestFactory.createMicroservice`:
 *
 * @example
 * const app = await NestFactory.createMicroservice(AppModule, securedGrpc({ url: '0.0.0.0:50055' }));
 */
export function securedGrpc(options: OpenGrpcOptions = {}): AsyncMicroserviceOptions {
  return {
    inject: [SERVER_SECURITY],
    useFactory: (security: ServerSecurity): GrpcOptions => ({
      transport: Transport.GRPC,
      options: {
        ...options,
        package: [...new Set(security.serves.map((service) => service.file.proto.package))],
        packageDefinition: security.packageDefinition,
        credentials: security.credentials,
        channelOptions: {
          ...options.channelOptions,
          // The first is the first to see a call.
          interceptors: [...security.interceptors, ...((options.channelOptions?.interceptors ?? []) as ServerInterceptor[])],
        },
      },
    }),
  };
}
