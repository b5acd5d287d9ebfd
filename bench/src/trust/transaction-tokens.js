import { TransactionTokens as Original } from '../../../apps/auth/src/token/transaction-tokens.ts';
import { countCall } from './auth-calls.js';

export * from '../../../apps/auth/src/token/transaction-tokens.ts';

/** Auth's Transaction Token Service, which counts its calls. */
export class TransactionTokens extends Original {
  issue(...request) {
    countCall();
    return super.issue(...request);
  }
}
