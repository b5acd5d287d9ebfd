export { authOptions, common, grpcTarget, port, readConfig, required } from './config.ts';
export { runService } from './run-service.ts';
