export { expectRefused } from './expect-refused.ts';
export { type MatrixCase, type MatrixOptions, rulesMatrix } from './rules-matrix.ts';
export { withToken } from './with-token.ts';
export { TestAuthority } from './test-authority.ts';
export { aUser, TestIssuer, type TestIssuerOptions, type TestUser } from './test-issuer.ts';
