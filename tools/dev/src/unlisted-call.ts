import { CliError } from '@reputable/cli';
import { GRPC_SERVICES, type ServiceName, urlSettingOf } from '@reputable/contracts/registry';
import type { Ports } from './ports.ts';

/**
 * Adds to the error of a service that lacks the address of another one where to list the call.
 *
 * @throws what was thrown, or a {@link CliError}
 */
export function explainMissingAddress(error: unknown, name: ServiceName, ports: Ports): never {
  const callee = GRPC_SERVICES.find((each) => error instanceof CliError && error.message.includes(`: ${urlSettingOf(each)} is missing`));
  if (!(error instanceof CliError) || callee === undefined) throw error;
  const advice = `Add '${callee}' to the calls of ${name} in libs/contracts/src/registry/services.ts, and run npm run docs.`;
  const effect = `npm start then sets it to localhost:${String(ports[callee])}, and docker-compose.yml to the address in its network.`;
  throw new CliError(`${error.message}\n${advice} ${effect}`, { cause: error.cause });
}
