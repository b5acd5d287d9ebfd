import { Module } from '@nestjs/common';
import { PhantomTokens } from './phantom-tokens.ts';
import { TokenExchange } from './token-exchange.ts';

@Module({ providers: [PhantomTokens, TokenExchange], exports: [PhantomTokens] })
export class PhantomTokenModule {}
