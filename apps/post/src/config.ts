import { databaseSettings } from '@reputable/database';
import { common, grpcTarget, port } from '@reputable/service';
import { z } from 'zod';

/** The settings of the post service. */
export const Config = z.object({
  ...common,
  ...databaseSettings,
  /** The port for gRPC. */
  GRPC_PORT: port(50053),
  /** Where the auth service listens. */
  AUTH_URL: grpcTarget('auth'),
  /** Where the user service listens. */
  USER_URL: grpcTarget('user'),
});
