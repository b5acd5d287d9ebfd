import type { Server } from '@grpc/grpc-js';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import type { ServerSecurity } from '@reputable/auth';
import { HealthImplementation } from 'grpc-health-check';

/**
 * The health service's name for the certificates: NOT_SERVING while the files in the folder have a fault. The service still accepts calls
 * until the last valid certificate expires.
 */
export const TLS_HEALTH = 'tls';

/** The health service's name for the revocations: NOT_SERVING while their updates are missing. */
export const REVOCATIONS_HEALTH = 'revocations';

/** The gRPC health service: the state of the server, of each contract, of the certificates and of the revocations. */
export class GrpcHealth implements BeforeApplicationShutdown {
  readonly #health = new HealthImplementation({ '': 'NOT_SERVING' });

  constructor(readonly security: ServerSecurity) {
    this.#follow(TLS_HEALTH, security.certificate);
    this.#follow(REVOCATIONS_HEALTH, security.revocations);
  }

  addTo(server: Server): void {
    this.#health.addToServer(server);
  }

  /** Reports whether the service accepts calls. */
  setServing(serving: boolean): void {
    for (const name of ['', ...this.security.serves.map((service) => service.typeName)]) {
      this.#health.setStatus(name, serving ? 'SERVING' : 'NOT_SERVING');
    }
  }

  /** Runs before the server closes. */
  beforeApplicationShutdown(): void {
    this.setServing(false);
  }

  /** Reports the faults of `part` under this name. */
  #follow(name: string, part: ServerSecurity['certificate' | 'revocations']): void {
    const report = () => {
      this.#health.setStatus(name, part.fault === undefined ? 'SERVING' : 'NOT_SERVING');
    };
    report();
    part.onFault(report);
  }
}
