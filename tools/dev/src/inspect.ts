import { UsageError } from '@reputable/cli';
import { type ServiceName, SERVICES } from '@reputable/contracts/registry';

/** The default of Node. */
const PORT = '9229';

/**
 * The options of Node for the service to debug: `post`, or `post:9230`.
 *
 * @throws {UsageError} if the service does not exist, or the port is not one
 */
export function inspectOptions(what: string | undefined): Partial<Record<ServiceName, readonly string[]>> {
  if (what === undefined) return {};
  const [name = '', port = PORT] = what.split(':');
  if (!SERVICES.some((service) => service === name))
    throw new UsageError(`"${name}" is not a service. The services are ${SERVICES.join(', ')}.`);
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) throw new UsageError(`${port} is not a port.`);
  return { [name]: [`--inspect=127.0.0.1:${port}`] };
}
