import { type DynamicModule, Module } from '@nestjs/common';
import { Throttle, THROTTLE_OPTIONS, type ThrottleOptions } from './throttle.ts';
import { ThrottleCleanup } from './throttle-cleanup.ts';

@Module({})
export class ThrottleModule {
  static forRoot(options: ThrottleOptions): DynamicModule {
    return {
      module: ThrottleModule,
      global: true,
      providers: [{ provide: THROTTLE_OPTIONS, useValue: options }, Throttle, ThrottleCleanup],
      exports: [Throttle],
    };
  }
}
