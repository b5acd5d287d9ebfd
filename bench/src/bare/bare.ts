import { ServiceProcess } from '@reputable/dev/service-process';
import { freePort } from '@reputable/postgres';
import { join } from 'node:path';

/** The name of the bare Nest service among the services. */
export const BARE = 'bare Nest service';

/** Starts a bare Nest service: gRPC and one rpc, without configuration, authentication, TLS and database. */
export async function startBare() {
  const env = { GRPC_PORT: String(await freePort()) };
  return ServiceProcess.start({ name: BARE, program: join(import.meta.dirname, 'main.ts'), env, log: () => undefined });
}
