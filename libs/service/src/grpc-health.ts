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

/** The health service's name for the clock: NOT_SERVING while tokens of the last minute were issued in the future. */
export const CLOCK_HEALTH = 'clock';

/** The health service's name for the outbox: NOT_SERVING while there are dead letters. */
export const OUTBOX_HEALTH = 'outbox';

/** A part of a service whose fault leaves the service up, and degraded. */
export interface HealthPart {
  /** The health service's name for the part. */
  readonly name: string;
  /** The fault, if there is one. */
  readonly fault: string | undefined;
  /** Calls `listener` after every change of the fault. */
  onFault(listener: () => void): void;
}

/** The injection token of a further {@link HealthPart} of a service. */
export const FURTHER_HEALTH = Symbol('FURTHER_HEALTH');

/** The gRPC health service: the state of the server, of each contract, of the certificates, of the revocations, of the clock and of a further part. */
export class GrpcHealth implements BeforeApplicationShutdown {
  readonly #health = new HealthImplementation({ '': 'NOT_SERVING' });

  constructor(
    readonly security: ServerSecurity,
    further?: HealthPart,
  ) {
    this.#follow(TLS_HEALTH, security.certificate);
    this.#follow(REVOCATIONS_HEALTH, security.revocations);
    this.#follow(CLOCK_HEALTH, security.clocks);
    if (further) this.#follow(further.name, further);
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
  #follow(name: string, part: Pick<HealthPart, 'fault' | 'onFault'>): void {
    const report = () => {
      this.#health.setStatus(name, part.fault === undefined ? 'SERVING' : 'NOT_SERVING');
    };
    report();
    part.onFault(report);
  }
}
