import { compareTwo } from './unary-load.ts';

/** Measures the cost of the access interceptor in a unary call with a cached token, compared with the same server without it. */
export const run = () =>
  compareTwo({ name: 'no checks', mtls: true, checks: false }, { name: 'rule, peer, cached token', mtls: true, checks: true });
