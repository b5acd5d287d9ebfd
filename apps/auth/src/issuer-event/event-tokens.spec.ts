import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestIssuer } from '@reputable/auth/testing';
import { randomUUID } from 'node:crypto';
import { Discovery } from '../outside-provider/discovery.ts';
import { EventTokens } from './event-tokens.ts';

let issuer: TestIssuer;
let transmitter: TestIssuer;

beforeAll(async () => {
  [issuer, transmitter] = await Promise.all([TestIssuer.start(), TestIssuer.start()]);
});
afterAll(() => Promise.all([issuer.stop(), transmitter.stop()]));

const REVOKED = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked';

/** A SET about a user of an issuer. */
const aSet = (signer: TestIssuer, { iss = signer.url, of = issuer.url } = {}) => {
  const subject = { format: 'iss_sub', iss: of, sub: 'ada' };
  const claims = {
    iss,
    iat: Math.floor(Date.now() / 1000),
    jti: randomUUID(),
    aud: 'reputable',
    sub_id: subject,
    events: { [REVOKED]: {} },
  };
  return signer.sign(claims, { typ: 'secevent+jwt' });
};

describe('the SETs of a transmitter with its own keys', () => {
  const verify = (token: string) => {
    const keys = { issuer: transmitter.url, jwksUri: `${transmitter.url}/jwks` };
    const discovery = new Discovery({ id: 'acme', issuer: issuer.url });
    return new EventTokens(discovery, ['ES256'], { audience: ['reputable'], transmitter: keys }).verify(token);
  };

  it('are about the users of the issuer', async () => {
    expect(await verify(await aSet(transmitter))).toMatchObject({
      issuer: issuer.url,
      events: [{ effect: 'end', subjects: [{ subject: 'ada' }] }],
    });
    const { events } = await verify(await aSet(transmitter, { of: transmitter.url }));
    expect(events).toEqual([{ effect: 'end', subjects: [] }]);
  });

  it('are accepted from the transmitter alone, by its keys alone', async () => {
    await expect(verify(await aSet(issuer))).rejects.toMatchObject({ error: 'invalid_key' });
    await expect(verify(await aSet(issuer, { iss: transmitter.url }))).rejects.toMatchObject({ error: 'invalid_key' });
    await expect(verify(await aSet(transmitter, { iss: issuer.url }))).rejects.toMatchObject({ error: 'invalid_issuer' });
  });
});
