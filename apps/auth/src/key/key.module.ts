import { type DynamicModule, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { JwksController } from './jwks.controller.ts';
import { KeyRing } from './key-ring.ts';
import { KeyStore } from './key-store.ts';

/** The signing keys: opened before anything is served. */
@Module({})
export class KeyModule {
  static forRoot(encryptionKey: Uint8Array): DynamicModule {
    const ring = {
      provide: KeyRing,
      useFactory: (dataSource: DataSource) => KeyRing.open(new KeyStore(dataSource, encryptionKey)),
      inject: [DataSource],
    };
    return { module: KeyModule, global: true, controllers: [JwksController], providers: [ring], exports: [KeyRing] };
  }
}
