export { authOptions, common, grpcTarget, port, readConfig, required } from './config.ts';
export { ErrorFilter } from './error.filter.ts';
export { GrpcServer, TLS_HEALTH } from './grpc-server.ts';
export { runService } from './run-service.ts';
