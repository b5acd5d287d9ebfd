import { type DynamicModule, Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { cleanup } from '../periodic/cleanup.ts';
import { AuditFailures } from './audit-failures.ts';
import { AuditController } from './audit.controller.ts';
import { OriginInterceptor, TRUST_DOMAIN } from './origin.interceptor.ts';

/** The settings of {@link AuditModule}. */
export interface AuditSettings {
  readonly retentionDays: number;
  /** The trust domain of the services. */
  readonly trustDomain: string;
}

/** The audit log. */
@Module({})
export class AuditModule {
  static forRoot({ retentionDays, trustDomain }: AuditSettings): DynamicModule {
    const expired = cleanup({
      task: 'audit event cleanup',
      pauseS: 3_600,
      rows: [{ table: 'audit_event', where: `recorded_at <= now() - interval '${String(retentionDays)} days'` }],
    });
    return {
      module: AuditModule,
      global: true,
      controllers: [AuditController],
      providers: [
        { provide: TRUST_DOMAIN, useValue: trustDomain },
        { provide: APP_INTERCEPTOR, useClass: OriginInterceptor },
        AuditFailures,
        expired,
      ],
      exports: [AuditFailures, TRUST_DOMAIN],
    };
  }
}
