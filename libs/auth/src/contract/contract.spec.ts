import { create, toBinary } from '@bufbuild/protobuf';
import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MalformedRequest } from '@reputable/contracts';
import { AccessSchema, SignedInSchema } from '@reputable/contracts/access/v1/access';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rulesOf } from '../access/access-rule.ts';
import type { AnyContract } from './contract.ts';
import { fromProto } from './proto-loader.ts';
import { fromTsProto } from './ts-proto.ts';

const attributes = { level: 'number', team: 'texts' } as const;
const known = { roles: ['ADMIN', 'EDITOR'], scopes: ['read'], services: ['gateway', 'shop'], attributes };
const PATH = '/acme.v1.Things/Get';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reputable-contract-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** The contract with one rpc, read by proto-loader. `options` are the statements in the rpc's body. */
async function loaded(options: string, name = 'acme.v1') {
  const protoPath = join(folder, 'things.proto');
  await writeFile(
    protoPath,
    `syntax = "proto3"; package acme.v1; import "reputable/access/v1/access.proto";
     service Things { rpc Get(Thing) returns (Thing) { ${options} } } message Thing { string id = 1; }`,
  );
  return fromProto({ package: name, protoPath });
}

/** The contract with one rpc as ts-proto generates it. `option` is the encoded access option. */
function generated(option?: Uint8Array, idempotencyLevel?: string) {
  const message = {
    encode: () => new BinaryWriter(),
    decode: (bytes: Uint8Array) => ({ id: new BinaryReader(bytes.subarray(1)).string() }),
  };
  const prefixed = option && new BinaryWriter().bytes(option).finish();
  const method = {
    ...{ name: 'Get', requestType: message, responseType: message, requestStream: false, responseStream: false },
    options: { idempotencyLevel, ...(prefixed && { _unknownFields: { 400010: [prefixed] } }) },
  };
  return fromTsProto({ fullName: 'acme.v1.Things', methods: { get: method } });
}

const rule = (text: string) => `option (reputable.access.v1.access) = { ${text} };`;
const ruleIn = (contracts: readonly AnyContract[]) => rulesOf(contracts, known).get(PATH);

const RULE = { path: PATH, who: 'signedIn', anyRole: ['ADMIN'], minReputation: 15, scopes: ['read'], attributes: [], callers: ['gateway'] };

describe('rules by proto-loader', () => {
  it.each([
    ['one value of a list', rule('signed_in: { any_role: "ADMIN" min_reputation: 15 scopes: "read" } callers: "gateway"'), RULE],
    ['lists in brackets', rule('signed_in { any_role: ["ADMIN"], min_reputation: 15, scopes: ["read"] }, callers: ["gateway"]'), RULE],
    [
      'repeated fields',
      rule('signed_in: { any_role: "ADMIN" any_role: "EDITOR" } callers: "gateway" callers: "shop"'),
      { ...RULE, anyRole: ['ADMIN', 'EDITOR'], minReputation: 0, scopes: [], callers: ['gateway', 'shop'] },
    ],
    [
      'fresh claims',
      rule('signed_in: { any_role: "ADMIN" min_reputation: 15 scopes: "read" fresh_claims: true } callers: "gateway"'),
      { ...RULE, freshClaims: true },
    ],
    [
      'a statement a field',
      `option (reputable.access.v1.access).signed_in.min_reputation = 15; option (reputable.access.v1.access).callers = "gateway";`,
      { ...RULE, anyRole: [], scopes: [] },
    ],
    [
      'conditions on attributes',
      rule('signed_in: { attributes: { name: "level" min: 0 } attributes: { name: "team" any_of: "a" } } callers: "gateway"'),
      {
        ...{ ...RULE, anyRole: [], minReputation: 0, scopes: [] },
        attributes: [
          { name: 'level', min: 0, anyOf: [] },
          { name: 'team', min: undefined, anyOf: ['a'] },
        ],
      },
    ],
    [
      'one condition on an attribute',
      rule('signed_in: { attributes: { name: "level" min: -1.5 } } callers: "gateway"'),
      { ...RULE, anyRole: [], minReputation: 0, scopes: [], attributes: [{ name: 'level', min: -1.5, anyOf: [] }] },
    ],
    [
      'an rpc that only reads',
      `option idempotency_level = NO_SIDE_EFFECTS; ${rule('signed_in: { any_role: "ADMIN" min_reputation: 15 scopes: "read" } callers: "gateway"')}`,
      { ...RULE, isRead: true, isIdempotent: true },
    ],
    [
      'an rpc that can be repeated',
      `option idempotency_level = IDEMPOTENT; ${rule('signed_in: { any_role: "ADMIN" min_reputation: 15 scopes: "read" } callers: "gateway"')}`,
      { ...RULE, isIdempotent: true },
    ],
    ['an empty message', rule('signed_in: {} callers: "gateway"'), { ...RULE, anyRole: [], minReputation: 0, scopes: [] }],
  ])('are those of the contract: %s', async (_name, options, expected) => {
    expect(ruleIn(await loaded(options))).toEqual(expected);
  });

  it.each([
    ['no option', '', 'has no access rule.'],
    ['another option', 'option deprecated = true;', 'has no access rule.'],
    ['a misspelt field', rule('signed_in: { min_reptation: 15 } callers: "gateway"'), 'has an access rule that cannot be read'],
    ['two users', rule('anyone: true signed_in: { min_reputation: 15 } callers: "gateway"'), 'has an access rule that cannot be read'],
    [
      'two values',
      rule('signed_in: { min_reputation: 15 min_reputation: 1 } callers: "gateway"'),
      'has an access rule that cannot be read',
    ],
    ['a wrong type', rule('signed_in: { min_reputation: "many" } callers: "gateway"'), 'has an access rule that cannot be read'],
    ['a misspelt attribute', rule('signed_in: { attributes: { name: "level" minn: 5 } } callers: "gateway"'), 'cannot be read'],
    [
      'an unknown attribute',
      rule('signed_in: { attributes: { name: "levle" min: 5 } } callers: "gateway"'),
      'lists an unknown attribute: levle.',
    ],
    ['nobody', rule('callers: "gateway"'), 'does not say who'],
    ['no callers', rule('anyone: true'), 'without callers'],
    ['an unknown role', rule('signed_in: { any_role: "ADMINS" } callers: "gateway"'), 'lists an unknown role: ADMINS.'],
  ])('stop the start: %s', async (_name, options, expected) => {
    const contracts = await loaded(options);
    expect(() => ruleIn(contracts)).toThrow(expected);
  });

  it('need a service in the package', async () => {
    await expect(loaded(rule('anyone: true callers: "gateway"'), 'acme')).rejects.toThrow('things.proto has no service in package acme.');
  });
});

describe('rules by ts-proto', () => {
  const signedIn = create(SignedInSchema, { anyRole: ['ADMIN'], minReputation: 15, scopes: ['read'] });
  const option = toBinary(AccessSchema, create(AccessSchema, { who: { case: 'signedIn', value: signedIn }, callers: ['gateway'] }));

  it('are those of the contract', () => {
    expect(ruleIn([generated(option)])).toEqual(RULE);
    expect(ruleIn([generated(option, 'NO_SIDE_EFFECTS')])).toEqual({ ...RULE, isRead: true, isIdempotent: true });
    expect(ruleIn([generated(option, 'IDEMPOTENT')])).toEqual({ ...RULE, isIdempotent: true });
  });

  it.each([
    ['no option', undefined, 'has no access rule.'],
    ['cut bytes', option.subarray(0, -1), 'has an access rule that cannot be read'],
  ])('stop the start: %s', (_name, bytes, expected) => {
    expect(() => ruleIn([generated(bytes)])).toThrow(expected);
  });
});

describe('a request that the codec cannot read', () => {
  const bytes = Buffer.from([0x0a, 0xff]);

  it('is malformed for proto-loader', async () => {
    const [contract] = await loaded(rule('anyone: true callers: "gateway"'));
    expect(contract?.definition['Get']?.requestDeserialize(bytes)).toBeInstanceOf(MalformedRequest);
  });

  it('is malformed for ts-proto', () => {
    expect(generated().definition['Get']?.requestDeserialize(bytes)).toBeInstanceOf(MalformedRequest);
  });
});
