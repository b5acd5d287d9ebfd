import { describe, expect, it } from '@jest/globals';
import { create } from '@bufbuild/protobuf';
import { SignedInSchema } from '@reputable/contracts/access/v1/access';
import { checkTransactions } from './check-transactions.ts';
import { contractOf } from './echo.fixture.ts';

const issuer = { url: 'https://id.acme.example', transactionTokens: 'acme.example' };
const signedIn = { case: 'signedIn', value: create(SignedInSchema) } as const;
const service = { case: 'service', value: true } as const;
const shop = { service: 'shop', issuer, identifiesPeers: true, canReplace: true, calls: [] };
const contractWith = (who: typeof signedIn | typeof service, caller = 'shop') =>
  contractOf('Stock', { Get: { rule: { who, callers: [caller] } } });

describe('a service that accepts Transaction Tokens', () => {
  it.each([
    ['that calls nobody', { canReplace: false }],
    ['that calls on its own behalf', { canReplace: false, calls: [contractWith(service)] }],
    ['that the called service does not accept with a user', { canReplace: false, calls: [contractWith(signedIn, 'till')] }],
    ['that can replace them', { calls: [contractWith(signedIn)] }],
    ['without the option', { issuer: issuer.url, canReplace: false, identifiesPeers: false, calls: [contractWith(signedIn)] }],
    ['whose issuers issue none', { issuer: [{ url: issuer.url }], canReplace: false, calls: [contractWith(signedIn)] }],
  ])('%s starts', (_name, more) => {
    expect(() => checkTransactions({ ...shop, ...more })).not.toThrow();
  });

  it('does not start if it forwards them, and does not know the service that replaces them', () => {
    const calls = [contractWith(service), contractWith(signedIn)];
    expect(() => checkTransactions({ ...shop, canReplace: false, calls })).toThrow(
      "calls lists test.echo.v1.Stock, and transactionTokens is set: the auth service replaces Transaction Tokens that a service forwards. Set revocations to { from: 'stream', service, url } of the auth service.",
    );
    expect(() =>
      checkTransactions({ ...shop, issuer: [{ url: 'https://other.example' }, issuer] as never, canReplace: false, calls }),
    ).toThrow();
  });

  it('does not start if it does not identify the services that call it', () => {
    expect(() => checkTransactions({ ...shop, identifiesPeers: false })).toThrow("peer: 'none' identifies no service");
  });
});
