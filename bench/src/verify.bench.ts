import { compareTwo } from './unary-load.ts';

/** What the access interceptor adds to a unary call with a known token, against the same server without it. */
export const run = () =>
  compareTwo({ name: 'no checks', mtls: true, checks: false }, { name: 'rule, caller, known token', mtls: true, checks: true });
