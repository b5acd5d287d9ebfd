import { compareTwo } from './unary-load.ts';

/** Measures the cost of mutual TLS and of the check of the peer in a unary call. Both variants check the token. */
export const run = () =>
  compareTwo(
    { name: 'no TLS, nobody asks who calls', mtls: false, checks: true },
    { name: 'mutual TLS, caller checked', mtls: true, checks: true },
  );
