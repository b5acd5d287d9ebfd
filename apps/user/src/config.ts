import { databaseSettings } from '@reputable/database';
import { common, grpcTarget, port } from '@reputable/service';
import { z } from 'zod';

/** The settings of the user service. */
export const Config = z.object({
  ...common,
  ...databaseSettings,
  /** The port for gRPC. */
  GRPC_PORT: port(50052),
  /** Where the auth service listens. */
  AUTH_URL: grpcTarget('auth'),
});
