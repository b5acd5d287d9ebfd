import { type DynamicModule, Module } from '@nestjs/common';
import { CertificateWatch } from '@reputable/auth';
import { HealthController, SERVICES_HEALTH } from './health.controller.ts';
import { ServiceHealth } from './service-health.ts';

/** A service to check. */
interface Target {
  readonly service: string;
  readonly url: string;
}

@Module({})
export class HealthModule {
  /** Reports the health of the gateway and of these services. */
  static forServices(targets: readonly Target[]): DynamicModule {
    const health = {
      provide: SERVICES_HEALTH,
      useFactory: (certificate: CertificateWatch) => targets.map(({ service, url }) => new ServiceHealth(service, url, certificate)),
      inject: [CertificateWatch],
    };
    return { module: HealthModule, controllers: [HealthController], providers: [health] };
  }
}
