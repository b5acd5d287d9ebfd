import { describe, expect, it } from '@jest/globals';
import { create } from '@bufbuild/protobuf';
import { SignedInSchema } from '@reputable/contracts/access/v1/access';
import { contractOf } from '../call/echo.fixture.ts';
import { checkCallers, rulesOf } from './access-rule.ts';

const attributes = { level: 'number', team: 'texts' } as const;
const known = { roles: ['ADMIN'], scopes: ['read'], services: ['gateway', 'auth'], attributes };
const anyone = { case: 'anyone', value: true } as const;
type Conditions = { name: string; min?: number; anyOf?: string[] }[];
const signedIn = (rule: { anyRole?: string[]; scopes?: string[]; attributes?: Conditions }) =>
  ({ case: 'signedIn', value: create(SignedInSchema, rule) }) as const;

describe('rulesOf', () => {
  it('reads every rule by the path of its rpc', () => {
    const service = contractOf('Good', { Read: { rule: { who: anyone, callers: ['gateway'] } } });
    expect([...rulesOf([service], known)]).toEqual([
      [
        '/test.echo.v1.Good/Read',
        { path: '/test.echo.v1.Good/Read', who: 'anyone', anyRole: [], minReputation: 0, scopes: [], attributes: [], callers: ['gateway'] },
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
      NoSuchAttribute: { rule: { who: signedIn({ attributes: [{ name: 'levl', min: 1 }] }), callers: ['gateway'] } },
      AsksNothing: { rule: { who: signedIn({ attributes: [{ name: 'level' }] }), callers: ['gateway'] } },
      AsksTwice: { rule: { who: signedIn({ attributes: [{ name: 'team', min: 1, anyOf: ['a'] }] }), callers: ['gateway'] } },
      NumberAsText: { rule: { who: signedIn({ attributes: [{ name: 'level', anyOf: ['1'] }] }), callers: ['gateway'] } },
      TextAsNumber: { rule: { who: signedIn({ attributes: [{ name: 'team', min: 0 }] }), callers: ['gateway'] } },
      NoSuchField: { rule: { who: anyone, callers: ['gateway'], binds: [{ name: 'text_id' }] } },
      NoSuchFieldOfAName: { rule: { who: anyone, callers: ['gateway'], binds: [{ name: 'text', field: 'id' }] } },
      NoName: { rule: { who: anyone, callers: ['gateway'], binds: [{ field: 'text' }] } },
      NoText: { isRead: true, rule: { who: anyone, callers: ['gateway'], binds: [{ name: 'count' }] } },
      ListOfAWrite: { rule: { who: anyone, callers: ['gateway'], binds: [{ name: 'text', field: 'texts' }] } },
      ListOfARead: { isRead: true, rule: { who: anyone, callers: ['gateway'], binds: [{ name: 'text', field: 'texts' }] } },
      TextOfAWrite: { rule: { who: anyone, callers: ['gateway'], binds: [{ name: 'text' }] } },
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
      'test.echo.v1.Bad/NoSuchAttribute lists an unknown attribute: levl.',
      'test.echo.v1.Bad/AsksNothing must compare the attribute level by either min or any_of.',
      'test.echo.v1.Bad/AsksTwice must compare the attribute team by either min or any_of.',
      'test.echo.v1.Bad/NumberAsText compares the attribute level by any_of, but known.attributes says number.',
      'test.echo.v1.Bad/TextAsNumber compares the attribute team by min, but known.attributes says texts.',
      'test.echo.v1.Bad/NoSuchField binds text_id, which is no field of test.echo.v1.Text.',
      'test.echo.v1.Bad/NoSuchFieldOfAName binds id, which is no field of test.echo.v1.Text.',
      'test.echo.v1.Bad/NoName binds rows by the name "". Write it in lower case, such as post_id.',
      'test.echo.v1.Bad/NoText binds count, which is neither a string nor a list of strings.',
      'test.echo.v1.Bad/ListOfAWrite binds texts, a list, and has side effects: bind a single id.',
      'test.echo.v1.Bad/NoSuchScope lists an unknown scope: reed.',
    ]);
  });
});

describe('checkCallers', () => {
  const open = contractOf('Open', {
    Read: { rule: { who: anyone, callers: ['auth'] } },
    Write: { rule: { who: anyone, callers: ['gateway'] } },
  });
  const closed = contractOf('Closed', { Read: { rule: { who: anyone, callers: ['auth'] } } });

  it('accepts a service that may call one rpc of each contract', () => {
    expect(() => checkCallers([open], 'gateway')).not.toThrow();
  });

  it('names the contracts that refuse every call of the service', () => {
    expect(() => checkCallers([open, closed], 'gateway')).toThrow(
      /^calls lists test\.echo\.v1\.Closed, none of whose rpcs has "gateway" among its callers\.$/,
    );
  });
});
