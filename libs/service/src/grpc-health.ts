import type { Server } from '@grpc/grpc-js';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import type { ServerSecurity } from '@reputable/auth';
import { HealthImplementation } from 'grpc-health-check';

/**
 * The name of the certificates in the health service: NOT_SERVING while those in the folder have a fault. The service accepts calls all the
 * same until the last valid ones expire.
 */
export const TLS_HEALTH = 'tls';

/** The name of the revocations in the health service: NOT_SERVING while they are unknown. */
export const REVOCATIONS_HEALTH = 'revocations';

/** The gRPC health service: the state of the whole, of each contract, and of the parts that security depends on. */
export class GrpcHealth implements BeforeApplicationShutdown {
  readonly #health = new HealthImplementation({ '': 'NOT_SERVING' });

  constructor(readonly security: ServerSecurity) {
    this.#follow(TLS_HEALTH, security.certificate);
    this.#follow(REVOCATIONS_HEALTH, security.revocations);
  }

  addTo(server: Server): void {
    this.#health.addToServer(server);
  }

  /** Announces that the service accepts calls, or no longer does. */
  setServing(serving: boolean): void {
    for (const name of ['', ...this.security.serves.map((service) => service.typeName)]) {
      this.#health.setStatus(name, serving ? 'SERVING' : 'NOT_SERVING');
    }
  }

  /** Runs before the server closes. */
  beforeApplicationShutdown(): void {
    this.setServing(false);
  }

  /** Reports the faults of a part by this name. */
  #follow(name: string, part: ServerSecurity['certificate' | 'revocations']): void {
    const report = () => {
      this.#health.setStatus(name, part.fault === undefined ? 'SERVING' : 'NOT_SERVING');
    };
    report();
    part.onFault(report);
  }
}
