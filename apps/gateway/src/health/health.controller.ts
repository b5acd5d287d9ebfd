import { Controller, Get, HttpStatus, Inject, type OnApplicationShutdown, Res } from '@nestjs/common';
import { CertificateWatch, TokenVerifier } from '@reputable/auth';
import { Drain } from '@reputable/service';
import type { FastifyReply } from 'fastify';
import type { ServiceHealth, State } from './service-health.ts';
import { WarmUp } from './warm-up.ts';

/** The injection token of the {@link ServiceHealth} of every service that the gateway calls. */
export const SERVICES_HEALTH = Symbol('ServicesHealth');

/** Health checks for an orchestrator: `live` decides about a restart, `ready` about sending requests. */
@Controller('health')
export class HealthController implements OnApplicationShutdown {
  constructor(
    @Inject(SERVICES_HEALTH) readonly services: readonly ServiceHealth[],
    readonly certificate: CertificateWatch,
    readonly tokens: TokenVerifier,
    readonly drain: Drain,
    readonly warmUp: WarmUp,
  ) {}

  /** The process is running. */
  @Get('live')
  live() {
    return { status: 'up' };
  }

  /**
   * The states of all services: 200, or 503 if one is down. A service (or the gateway) with a fault in its certificates, its revocation
   * updates or its clock, or with dead letters, is degraded. 503 also during the warm-up, and after a signal to stop, although the gateway serves.
   */
  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    if (this.drain.hasBegun || !this.warmUp.isOver) {
      reply.code(HttpStatus.SERVICE_UNAVAILABLE);
      return { status: this.drain.hasBegun ? 'stopping' : 'starting' };
    }
    const fault = this.certificate.fault ?? this.tokens.revocations.fault ?? this.tokens.clocks.fault;
    const own: [string, State][] = fault === undefined ? [] : [['gateway', 'degraded']];
    const others = await Promise.all(this.services.map(async (each): Promise<[string, State]> => [each.service, await each.state()]));
    const states = [...own, ...others];
    const worst = (['down', 'degraded'] as const).find((bad) => states.some(([, state]) => state === bad)) ?? 'up';
    reply.code(worst === 'down' ? HttpStatus.SERVICE_UNAVAILABLE : HttpStatus.OK);
    return { status: worst, services: Object.fromEntries(states) };
  }

  onApplicationShutdown(): void {
    for (const service of this.services) service.close();
  }
}
