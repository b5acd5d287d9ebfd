import { describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromProto } from '../contract/proto-loader.ts';
import type { CallContext } from './call-context.ts';
import { codecsOf, isBoundTo, requestHashOf } from './request-binding.ts';

const PATH = '/acme.Shop/Buy';
const codecs = new Map([[PATH, (request: unknown) => Buffer.from(String(request))]]);
const requestHash = requestHashOf(Buffer.from('a book'));

const context = (transaction?: object) => ({ token: { transaction } }) as unknown as CallContext;

describe('isBoundTo', () => {
  it.each<[string, CallContext, string, boolean]>([
    ['no token', {} as CallContext, 'a car', true],
    ['an access token', context(), 'a car', true],
    ['a transaction for any request', context({ path: PATH }), 'a car', true],
    ['a transaction for another rpc', context({ path: '/acme.Shop/Sell', requestHash }), 'a car', true],
    ['its request', context({ path: PATH, requestHash }), 'a book', true],
    ['another request', context({ path: PATH, requestHash }), 'a car', false],
  ])('%s', (_name, call, request, expected) => {
    expect(isBoundTo(request, PATH, call, codecs)).toBe(expected);
  });

  it('refuses what it cannot compare', () => {
    expect(isBoundTo('a book', PATH, context({ path: PATH, requestHash }), new Map())).toBe(false);
  });

  it.each([
    ['with fields that the codec adds', '0a0178'],
    ['with fields that the codec does not know', '0a01787a0179'],
    ['without fields', ''],
  ])('compares the received bytes of another codec: %s', async (_name, hex) => {
    const folder = await mkdtemp(join(tmpdir(), 'reputable-binding-'));
    const protoPath = join(folder, 'shop.proto');
    const rpc = 'rpc Buy(Item) returns (Item);';
    await writeFile(protoPath, `syntax = "proto3"; package acme; service Shop { ${rpc} } message Item { string id = 1; int32 count = 2; }`);
    const contracts = fromProto({ package: 'acme', protoPath, loader: { defaults: true } });
    await rm(folder, { recursive: true });
    const read = contracts[0]?.definition['Buy']?.requestDeserialize as (bytes: Buffer) => unknown;
    const bytes = Buffer.from(hex, 'hex');
    const bound = context({ path: PATH, requestHash: requestHashOf(bytes) });
    expect(isBoundTo(read(bytes), PATH, bound, codecsOf(contracts))).toBe(true);
    expect(isBoundTo(read(Buffer.from('0a0179', 'hex')), PATH, bound, codecsOf(contracts))).toBe(false);
  });
});
