import { describe, expect, it } from '@jest/globals';
import type { FastifyRequest } from 'fastify';
import { credentialOf } from './credential.ts';

const OPAQUE = 'A'.repeat(43);
const PAT = `rpt_pat_${'0'.repeat(72)}`;
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

/** A request with these headers, as Node presents it. */
const aRequest = (authorization: string[] = [], cookie?: string) =>
  ({
    ip: '192.0.2.1',
    headers: { ...(authorization.length > 0 && { authorization: authorization[0] }), ...(cookie !== undefined && { cookie }) },
    raw: { headersDistinct: { ...(authorization.length > 0 && { authorization }) } },
  }) as unknown as FastifyRequest;

const JWT = 'eyJhbGciOiJFUzI1NiJ9.e30.AAAA';

describe('the credential of a request', () => {
  it.each<[string, string, object]>([
    ['an opaque token', `Bearer ${OPAQUE}`, { kind: 'bearer', token: OPAQUE }],
    ['a scheme in capitals', `BEARER ${OPAQUE}`, { kind: 'bearer', token: OPAQUE }],
    ['a personal access token', `Bearer ${PAT}`, { kind: 'personal-access-token', token: PAT }],
    ['a mistyped personal access token', 'Bearer rpt_pat_x', { kind: 'personal-access-token', token: 'rpt_pat_x' }],
    ['a personal access token as a password', basic(`me:${PAT}`), { kind: 'personal-access-token', token: PAT }],
    ['a personal access token without a user name', basic(`:${PAT}`), { kind: 'personal-access-token', token: PAT }],
    [
      'an API client',
      basic('id:secret:more'),
      { kind: 'basic', clientId: 'id', clientSecret: 'secret:more', address: expect.any(Function) },
    ],
  ])('is recognized: %s', (_what, header, credential) => {
    expect(credentialOf(aRequest([header]))).toEqual(credential);
  });

  it.each([
    ['no token', 'Bearer'],
    ['an empty header', ''],
    ['a JWT', `Bearer ${JWT}`],
    ['a token that is too long', `Bearer ${OPAQUE}A`],
    ['two tokens', `Bearer ${OPAQUE} ${OPAQUE}`],
    ['another scheme', `Token ${OPAQUE}`],
    ['a client without an id', basic(':secret')],
    ['a client without a secret', basic('id:')],
    ['no base64', 'Basic !'],
  ])('is unknown: %s', (_what, header) => {
    expect(credentialOf(aRequest([header]))).toEqual({ kind: 'unknown', fault: 'unknown kind of credential' });
  });

  it.each([
    ['a JWT', JWT],
    ['an opaque token of Ory', `ory_at_${'A'.repeat(43)}.${'A'.repeat(43)}`],
  ])('is %s if tokens of other issuers are accepted (P24)', (_what, token) => {
    const issued = { kind: 'bearer', token, address: expect.any(Function) };
    expect(credentialOf(aRequest([`Bearer ${token}`]), true)).toEqual(issued);
    for (const header of [`Bearer ${token}\u00e9`, `Bearer ${token}"`, `Bearer ${token}${'A'.repeat(8_000)}`, `DPoP ${token}`]) {
      expect(credentialOf(aRequest([header]), true)).toMatchObject({ kind: 'unknown' });
    }
    expect(credentialOf(aRequest([`Bearer ${OPAQUE}`]), true)).toEqual({ kind: 'bearer', token: OPAQUE });
    expect(credentialOf(aRequest(['Bearer rpt_pat_x']), true)).toMatchObject({ kind: 'personal-access-token' });
  });

  it('is unknown in two headers, even the same one', () => {
    const header = `Bearer ${OPAQUE}`;
    expect(credentialOf(aRequest([header, header]))).toEqual({ kind: 'unknown', fault: 'several Authorization headers' });
  });

  it('is the session of the cookie, which also refuses a header beside it', () => {
    const request = aRequest([`Bearer ${OPAQUE}`], `__Host-session=${OPAQUE}`);
    expect(credentialOf(request)).toEqual({ kind: 'session', request });
    expect(credentialOf(aRequest([], 'other=x'))).toBeUndefined();
  });

  it('does not parse the address of the client before an exchange needs it', () => {
    let reads = 0;
    const request = Object.defineProperty(aRequest([basic('id:secret')]), 'ip', { get: () => (reads += 1) });
    const credential = credentialOf(request);
    expect(reads).toBe(0);
    expect(credential?.kind === 'basic' && credential.address()).toBe(1);
  });

  it('is none without headers', () => {
    expect(credentialOf(aRequest())).toBeUndefined();
  });
});
