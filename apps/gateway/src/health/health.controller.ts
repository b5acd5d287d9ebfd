import { Controller, Get, HttpStatus, Inject, type OnApplicationShutdown, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { ServiceHealth } from './service-health.ts';

/** The provider of the {@link ServiceHealth} of every service that the gateway calls. */
export const SERVICES_HEALTH = Symbol('ServicesHealth');

/** What an orchestrator asks: whether to restart the gateway, and whether to send it requests. */
@Controller('health')
export class HealthController implements OnApplicationShutdown {
  constructor(@Inject(SERVICES_HEALTH) readonly services: readonly ServiceHealth[]) {}

  /** The process is there. */
  @Get('live')
  live() {
    return { status: 'up' };
  }

  /** Every service serves; or 503, and which do not. */
  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const states = await Promise.all(this.services.map(async (it) => [it.service, (await it.serves()) ? 'up' : 'down'] as const));
    const up = states.every(([, state]) => state === 'up');
    reply.code(up ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE);
    return { status: up ? 'up' : 'down', services: Object.fromEntries(states) };
  }

  onApplicationShutdown(): void {
    for (const service of this.services) service.close();
  }
}
