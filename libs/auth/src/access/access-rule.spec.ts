import { describe, expect, it } from '@jest/globals';
import { create } from '@bufbuild/protobuf';
import { SignedInSchema } from '@reputable/contracts/access/v1/access';
import { contractOf } from '../call/echo.fixture.ts';
import { rulesOf } from './access-rule.ts';

const known = { roles: ['ADMIN'], scopes: ['read'], services: ['gateway', 'auth'] };
const anyone = { case: 'anyone', value: true } as const;
const signedIn = (rule: { anyRole?: string[]; scopes?: string[] }) => ({ case: 'signedIn', value: create(SignedInSchema, rule) }) as const;

describe('rulesOf', () => {
  it('reads every rule by the path of its rpc', () => {
    const service = contractOf('Good', { Read: { rule: { who: anyone, callers: ['gateway'] } } });
    expect([...rulesOf([service], known)]).toEqual([
      [
        '/test.echo.v1.Good/Read',
        { path: '/test.echo.v1.Good/Read', who: 'anyone', anyRole: [], minReputation: 0, scopes: [], callers: ['gateway'] },
      ],
    ]);
  });

  it('lists every faulty rpc at once', () => {
    const service = contractOf('Bad', {
      Forgotten: {},
      ForgottenToo: {},
      NoCallers: { rule: { who: anyone, callers: [] } },
      Nobody: { rule: { callers: ['gateway'] } },
      NotAnyone: { rule: { who: { case: 'anyone', value: false }, callers: ['gateway'] } },
      NotService: { rule: { who: { case: 'service', value: false }, callers: ['gateway'] } },
      Misspelt: { rule: { who: anyone, callers: ['getaway'] } },
      NoSuchRole: { rule: { who: signedIn({ anyRole: ['ADMINS'] }), callers: ['gateway'] } },
      NoSuchScope: { rule: { who: signedIn({ scopes: ['read', 'reed'] }), callers: ['gateway'] } },
    });
    const message = (() => {
      try {
        rulesOf([service], known);
        return '';
      } catch (error) {
        return (error as Error).message;
      }
    })();
    expect(message.split('\n')).toEqual([
      'test.echo.v1.Bad/Forgotten has no access rule.',
      'test.echo.v1.Bad/ForgottenToo has no access rule.',
      'test.echo.v1.Bad/NoCallers has an access rule without callers.',
      'test.echo.v1.Bad/Nobody has an access rule that does not say who: anyone, signed_in or service.',
      'test.echo.v1.Bad/NotAnyone has an access rule that does not say who: anyone, signed_in or service.',
      'test.echo.v1.Bad/NotService has an access rule that does not say who: anyone, signed_in or service.',
      'test.echo.v1.Bad/Misspelt lists an unknown service in callers: getaway.',
      'test.echo.v1.Bad/NoSuchRole lists an unknown role: ADMINS.',
      'test.echo.v1.Bad/NoSuchScope lists an unknown scope: reed.',
    ]);
  });
});
