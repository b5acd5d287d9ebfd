import { ServiceProcess } from '@reputable/dev/service-process';
import { freePort } from '@reputable/postgres';
import { compiled } from '../program.ts';

/** The name of the bare Nest service among the services. */
export const BARE = 'bare Nest service';

/** Starts a bare Nest service: gRPC and one rpc, without configuration, authentication, TLS and database. */
export async function startBare() {
  const env = { GRPC_PORT: String(await freePort()) };
  return ServiceProcess.start({ name: BARE, program: await compiled('bare/main.ts'), env, log: () => undefined });
}
