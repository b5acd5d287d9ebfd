export { aUser, type TestUser } from '@reputable/auth/testing';
export { type Denied, denied } from './denied.ts';
export { MessageStream } from './message-stream.ts';
export { TestRevocations } from './test-revocations.ts';
export { type ProbedSystem, TokenProbe } from './token-probe.ts';
export { createTestDatabase, query } from './test-database.ts';
export { type RunningService, startProcess } from './service-process.ts';
export { type As, type TestService, TestWorld, urlsOf } from './test-world.ts';
export { eventually } from './eventually.ts';
