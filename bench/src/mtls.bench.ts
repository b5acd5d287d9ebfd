import { compareTwo } from './unary-load.ts';

/** What mutual TLS and the check of the calling service add to a unary call whose token is checked either way. */
export const run = () =>
  compareTwo(
    { name: 'no TLS, nobody asks who calls', mtls: false, checks: true },
    { name: 'mutual TLS, caller checked', mtls: true, checks: true },
  );
