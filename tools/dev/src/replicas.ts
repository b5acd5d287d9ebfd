import { UsageError } from '@reputable/cli';
import { entryOf, peersOf, type ServiceName, SERVICES, urlSettingOf } from '@reputable/contracts/registry';
import { holdFreePort } from '@reputable/postgres';
import { httpPortOf, type Ports } from './ports.ts';

/** How long a replica still serves after a signal to stop, in milliseconds. Its callers connect to the others meanwhile. */
const SHUTDOWN_DELAY_MS = '1000';

/** How long a gateway of several sends queries to itself before it is ready, in milliseconds. */
const WARM_UP_MS = '2000';

/** The number of replicas of each service; one unless given. */
export type ReplicaCounts = Readonly<Partial<Record<ServiceName, number>>>;

/** A replica of a service: `post` is the first one of post, `post-2` the second. */
export type ReplicaName = ServiceName | `${ServiceName}-${number}`;

/** The settings of a replica for its own ports. */
type PortSettings = Partial<Record<'PORT' | 'GRPC_PORT', string>>;

export const serviceOf = (replica: ReplicaName) => replica.replace(/-\d+$/, '') as ServiceName;

/**
 * The numbers in `post=3,gateway=2`.
 *
 * @throws {UsageError} naming the part that is wrong
 */
export function replicaCounts(text: string | undefined): ReplicaCounts {
  const counts: Partial<Record<ServiceName, number>> = {};
  for (const part of text?.split(',') ?? []) {
    const [name = '', count = ''] = part.split(/=(.*)/s);
    const service = SERVICES.find((each) => each === name);
    if (!service) throw new UsageError(`--replicas: "${name}" is not a service. The services are ${SERVICES.join(', ')}.`);
    if (!/^[1-9]$/.test(count)) throw new UsageError(`--replicas: the number of ${name} must be 1 to 9, as in ${name}=2: "${part}".`);
    if (counts[service] !== undefined) throw new UsageError(`--replicas names ${name} twice.`);
    counts[service] = Number(count);
  }
  return counts;
}

/** All replicas of all services. The first one of each service has the ports of a system without replicas. */
export class Replicas {
  readonly #ports = new Map<ReplicaName, PortSettings>();

  private constructor() {}

  static async open(counts: ReplicaCounts, ports: Ports): Promise<Replicas> {
    const replicas = new Replicas();
    // Holds all at once, so that no port is chosen twice.
    const held: Awaited<ReturnType<typeof holdFreePort>>[] = [];
    for (const service of SERVICES) {
      const entry = entryOf(service);
      replicas.#ports.set(service, portSettings(entry, ports[httpPortOf(entry)], ports[service]));
      for (let number = 2; number <= (counts[service] ?? 1); number += 1) {
        const [http, grpc] = [await holdFreePort(), await holdFreePort()];
        held.push(http, grpc);
        replicas.#ports.set(`${service}-${number}`, portSettings(entry, http.port, grpc.port));
      }
    }
    for (const { server } of held) await new Promise((resolve) => server.close(resolve));
    return replicas;
  }

  get names(): readonly ReplicaName[] {
    return [...this.#ports.keys()];
  }

  /** The settings of a replica that differ from those of its service in a system without replicas. */
  settingsOf(replica: ReplicaName): Record<string, string> {
    const service = serviceOf(replica);
    const peers = peersOf(entryOf(service)).filter((peer) => this.#of(peer).length > 1);
    return {
      ...(this.#of(service).length > 1 && { SHUTDOWN_DELAY_MS, ...(service === 'gateway' && { WARM_UP_MS }) }),
      ...(replica !== service && this.#ports.get(replica)),
      ...Object.fromEntries(peers.map((peer) => [urlSettingOf(peer), this.#targetOf(peer)])),
    };
  }

  /** The gRPC target that names all replicas of a service. Clients call them in turn. */
  #targetOf(service: ServiceName): string {
    return `ipv4:${this.#of(service)
      .map((replica) => `127.0.0.1:${this.#ports.get(replica)?.GRPC_PORT ?? ''}`)
      .join()}`;
  }

  #of(service: ServiceName): readonly ReplicaName[] {
    return this.names.filter((replica) => serviceOf(replica) === service);
  }
}

const portSettings = ({ http, grpc }: ReturnType<typeof entryOf>, httpPort: number, grpcPort: number): PortSettings => ({
  ...(http !== undefined && { PORT: String(httpPort) }),
  ...(grpc !== undefined && { GRPC_PORT: String(grpcPort) }),
});
