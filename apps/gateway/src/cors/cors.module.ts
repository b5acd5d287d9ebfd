import { Module } from '@nestjs/common';
import { BrowserOrigins } from './browser-origins.ts';
import { Cors } from './cors.ts';

@Module({ providers: [BrowserOrigins, Cors] })
export class CorsModule {}
