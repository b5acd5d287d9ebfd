import type { DescService } from '@bufbuild/protobuf';
import { type DynamicModule, Module } from '@nestjs/common';
import { PhantomTokens } from './phantom-tokens.ts';
import { TokenExchange } from './token-exchange.ts';
import { TransactionScopes } from './transaction-scopes.ts';
import { TransactionTokens, TRUST_DOMAIN } from './transaction-tokens.ts';

@Module({})
export class PhantomTokenModule {
  /**
   * @param inside the setting `TOKENS_INSIDE`
   * @param trustDomain the trust domain of the services
   * @param called the contracts of the services that the gateway calls
   */
  static forRoot(inside: 'jwt' | 'txn', trustDomain: string, called: readonly DescService[]): DynamicModule {
    const transactions = [
      TransactionTokens,
      { provide: TRUST_DOMAIN, useValue: trustDomain },
      { provide: TransactionScopes, useFactory: () => new TransactionScopes(called) },
    ];
    return {
      module: PhantomTokenModule,
      global: true,
      providers: [PhantomTokens, TokenExchange, ...(inside === 'txn' ? transactions : [])],
      exports: [PhantomTokens],
    };
  }
}
