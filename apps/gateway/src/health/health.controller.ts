import { Controller, Get, HttpStatus, Inject, type OnApplicationShutdown, Res } from '@nestjs/common';
import { CertificateWatch, TokenVerifier } from '@reputable/auth';
import type { FastifyReply } from 'fastify';
import type { ServiceHealth, State } from './service-health.ts';

/** The provider of the {@link ServiceHealth} of every service that the gateway calls. */
export const SERVICES_HEALTH = Symbol('ServicesHealth');

/** What an orchestrator asks: whether to restart the gateway, and whether to send it requests. */
@Controller('health')
export class HealthController implements OnApplicationShutdown {
  constructor(
    @Inject(SERVICES_HEALTH) readonly services: readonly ServiceHealth[],
    readonly certificate: CertificateWatch,
    readonly tokens: TokenVerifier,
  ) {}

  /** The process is there. */
  @Get('live')
  live() {
    return { status: 'up' };
  }

  /**
   * Every service serves; or 503, and which do not. Also which, the gateway among them, have a fault in their certificates, or do not know
   * which tokens are revoked.
   */
  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const fault = this.certificate.fault ?? this.tokens.revocations.fault;
    const own: [string, State][] = fault === undefined ? [] : [['gateway', 'degraded']];
    const others = await Promise.all(this.services.map(async (it): Promise<[string, State]> => [it.service, await it.state()]));
    const states = [...own, ...others];
    const worst = (['down', 'degraded'] as const).find((bad) => states.some(([, state]) => state === bad)) ?? 'up';
    reply.code(worst === 'down' ? HttpStatus.SERVICE_UNAVAILABLE : HttpStatus.OK);
    return { status: worst, services: Object.fromEntries(states) };
  }

  onApplicationShutdown(): void {
    for (const service of this.services) service.close();
  }
}
