import { credentials } from '@grpc/grpc-js';
import { UserService } from '@reputable/contracts/user/v1/user';
import { setTimeout as sleep } from 'node:timers/promises';
import { openClient } from './client.ts';

/**
 * Calls the gRPC target in its argument again and again, and sends each answer, or the message of each error, to its parent. A process of its own,
 * because grpc-js reads GRPC_NODE_USE_ALTERNATIVE_RESOLVER once: with it, the authority of a target is a DNS server.
 */
const identity = { credentialsFor: () => credentials.createInsecure(), onChange: () => () => undefined };
const { client } = openClient({ contract: UserService, service: 'user', url: process.argv[2] ?? '', connectionAgeMs: 500 }, identity);
while (process.connected) {
  const answer = await client.getUser({}).then(
    ({ user }) => user?.displayName,
    (error: unknown) => `failed: ${(error as Error).message}`,
  );
  process.send?.(answer);
  await sleep(10);
}
process.exit();
