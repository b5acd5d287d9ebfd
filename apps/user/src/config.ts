import { databaseUrl } from '@reputable/database';
import { common, grpcTarget, port } from '@reputable/service';
import { z } from 'zod';

/** The settings of the user service. */
export const Config = z.object({
  ...common,
  /** The port for gRPC. */
  GRPC_PORT: port(50052),
  /** The service's own database. */
  DATABASE_URL: databaseUrl(),
  /** Where the auth service listens. */
  AUTH_URL: grpcTarget('auth'),
});
