import { type DynamicModule, Module } from '@nestjs/common';
import { cleanup } from '../periodic/cleanup.ts';
import { KNOWN_FOR } from './known-addresses.ts';
import { Throttle, THROTTLE_OPTIONS, type ThrottleOptions } from './throttle.ts';

const expired = cleanup({
  task: 'throttle cleanup',
  pauseS: 60,
  rows: [
    { table: 'attempt', where: 'expire <= (extract(epoch FROM now()) * 1000)::bigint' },
    { table: 'known_address', where: `logged_in_at <= now() - ${KNOWN_FOR}` },
  ],
});

@Module({})
export class ThrottleModule {
  static forRoot(options: ThrottleOptions): DynamicModule {
    return {
      module: ThrottleModule,
      global: true,
      providers: [{ provide: THROTTLE_OPTIONS, useValue: options }, Throttle, expired],
      exports: [Throttle],
    };
  }
}
