export { aUser, TestIssuer, type TestIssuerOptions, type TestUser } from './test-issuer.ts';
