import { UsageError } from '@reputable/cli';
import { type ServiceName, SERVICES } from '@reputable/contracts/registry';

/** Node's own choice. */
const PORT = '9229';

/**
 * The options of Node for the service that is to be debugged: `post`, or `post:9230`.
 * @throws {UsageError} if there is no such service, or port
 */
export function inspectOptions(what: string | undefined): Partial<Record<ServiceName, readonly string[]>> {
  if (what === undefined) return {};
  const [name = '', port = PORT] = what.split(':');
  if (!SERVICES.some((service) => service === name)) throw new UsageError(`There is no service "${name}": ${SERVICES.join(', ')}.`);
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) throw new UsageError(`${port} is no port.`);
  return { [name]: [`--inspect=127.0.0.1:${port}`] };
}
