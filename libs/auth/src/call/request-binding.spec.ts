import { describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromProto } from '../contract/proto-loader.ts';
import type { CallContext } from './call-context.ts';
import { codecsOf, isAboutRowsOf, isBoundTo, requestHashOf, rowsOf } from './request-binding.ts';

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

const post = { binds: [{ name: 'post_id', field: 'post_id' }] };

describe('isAboutRowsOf', () => {
  const bound = context({ binds: { post_id: '1' } });

  it.each<[string, unknown, boolean]>([
    ['the row', { postId: '1' }, true],
    ['the row, by the name in the contract', { post_id: '1' }, true],
    ['the row in a list', { postId: ['1', '1'] }, true],
    ['an empty list, which can stand for all rows', { postId: [] }, false],
    ['another row', { postId: '2' }, false],
    ['another row, too', { postId: ['1', '2'] }, false],
    ['no id', { postId: '' }, false],
    ['no field', {}, false],
    ['no text', { postId: 1 }, false],
    ['a list of lists', { postId: [['1']] }, false],
  ])('a request with %s', (_name, request, expected) => {
    expect(isAboutRowsOf(bound, request, post)).toBe(expected);
  });

  it.each<[string, CallContext]>([
    ['no token', {} as CallContext],
    ['an access token', context()],
    ['a transaction about any rows', context({})],
    ['a transaction about rows of another kind', context({ binds: { user_id: '1' } })],
  ])('accepts any row with %s', (_name, call) => {
    expect(isAboutRowsOf(call, { postId: '2' }, post)).toBe(true);
  });

  it('accepts any request of an rpc that binds nothing', () => {
    expect(isAboutRowsOf(bound, { postId: '2' }, {})).toBe(true);
  });
});

describe('rowsOf', () => {
  it('are the ids in the bound fields, by the names of their kinds', () => {
    expect(
      rowsOf(
        { id: '1', authorId: '2' },
        {
          binds: [
            { name: 'post_id', field: 'id' },
            { name: 'user_id', field: 'author_id' },
          ],
        },
      ),
    ).toEqual({
      ...{ post_id: '1', user_id: '2' },
    });
    expect([rowsOf({}, post), rowsOf({ postId: '1' }, {})]).toEqual([{ post_id: '' }, {}]);
  });

  it('have long texts by their hash, which the same text matches', () => {
    const [text, other] = ['x', 'y'].map((letter) => ({ postId: letter.repeat(30_000) }));
    const binds = rowsOf(text ?? {}, post);
    expect(binds['post_id']).toHaveLength(43);
    expect([text, other].map((request) => isAboutRowsOf(context({ binds }), request, post))).toEqual([true, false]);
  });
});
