import { type DynamicModule, Module } from '@nestjs/common';
import { CertificateWatch } from '@reputable/auth';
import { HealthController, SERVICES_HEALTH } from './health.controller.ts';
import { ServiceHealth } from './service-health.ts';
import { WARM_UP_MS, WarmUp } from './warm-up.ts';

/** A service to check. */
interface Target {
  readonly service: string;
  readonly url: string;
}

@Module({})
export class HealthModule {
  /**
   * Reports the health of the gateway and of these services.
   *
   * @param warmUpMs the setting `WARM_UP_MS`
   */
  static forServices(targets: readonly Target[], warmUpMs: number): DynamicModule {
    const health = {
      provide: SERVICES_HEALTH,
      useFactory: (certificate: CertificateWatch) => targets.map(({ service, url }) => new ServiceHealth(service, url, certificate)),
      inject: [CertificateWatch],
    };
    const warmUp = [WarmUp, { provide: WARM_UP_MS, useValue: warmUpMs }];
    return { module: HealthModule, controllers: [HealthController], providers: [health, ...warmUp] };
  }
}
