export { aUser, TestIssuer, type TestUser } from './test-issuer.ts';
