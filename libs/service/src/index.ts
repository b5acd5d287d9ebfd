export { authOptions, common, grpcTarget, optionalPort, port, readConfig, required, revocationStream } from './config.ts';
export { ErrorFilter } from './error.filter.ts';
export { GrpcServer, REVOCATIONS_HEALTH, TLS_HEALTH } from './grpc-server.ts';
export { runService } from './run-service.ts';
