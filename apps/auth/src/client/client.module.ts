import { type DynamicModule, Module } from '@nestjs/common';
import { API, apiResource } from './api-resource.ts';
import { BrowserOriginsController } from './browser-origins.controller.ts';
import { CLIENT_SETTINGS, type ClientSettings, OAuthClients } from './oauth-clients.ts';

/** The OAuth clients, and the API that they request tokens for. */
@Module({})
export class ClientModule {
  static forRoot(settings: ClientSettings): DynamicModule {
    return {
      module: ClientModule,
      global: true,
      controllers: [BrowserOriginsController],
      providers: [
        { provide: CLIENT_SETTINGS, useValue: settings },
        { provide: API, useValue: apiResource(settings.gatewayUrl) },
        OAuthClients,
      ],
      exports: [API, OAuthClients],
    };
  }
}
