import { type DynamicModule, Module } from '@nestjs/common';
import { PLAYGROUND, type PlaygroundAddress, PlaygroundController } from './playground.controller.ts';

/** The page at `/` of a development system, which the launcher serves. */
@Module({})
export class PlaygroundModule {
  static forRoot(address: PlaygroundAddress): DynamicModule {
    return { module: PlaygroundModule, controllers: [PlaygroundController], providers: [{ provide: PLAYGROUND, useValue: address }] };
  }
}
