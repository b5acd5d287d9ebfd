import { databaseUrl } from '@reputable/database';
import { common, grpcTarget, port } from '@reputable/service';
import { z } from 'zod';

/** The settings of the comment service. */
export const Config = z.object({
  ...common,
  /** The port for gRPC. */
  GRPC_PORT: port(50054),
  /** The service's own database. */
  DATABASE_URL: databaseUrl(),
  /** Where the auth service listens. */
  AUTH_URL: grpcTarget('auth'),
  /** Where the post service listens. */
  POST_URL: grpcTarget('post'),
  /** Where the user service listens. */
  USER_URL: grpcTarget('user'),
});
