import { ApiSchema } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from '@jest/globals';
import { allFields, readMask } from './read-mask.ts';

const mask = readMask(ApiSchema);

describe('readMask', () => {
  it.each([
    ['an absent mask', undefined],
    ['an empty mask', { paths: [] }],
    ['*', { paths: ['*'] }],
    ['* among others', { paths: ['name', '*'] }],
  ])('%s: all fields', (_name, value) => {
    expect(mask.parse(value)).toEqual(allFields(ApiSchema));
  });

  it('names the fields as the generated code does', () => {
    expect(mask.parse({ paths: ['source_context', 'name', 'name'] })).toEqual(new Set(['sourceContext', 'name']));
  });

  it.each(['nmae', 'sourceContext', 'source_context.file_name', 'constructor', '', 'NAME', 'name,version'])(
    'refuses %j and lists the fields',
    (path) => {
      const { issues } = mask.safeParse({ paths: ['name', path] }).error ?? {};
      expect(issues).toMatchObject([
        {
          path: ['paths', 1],
          message: 'Must be a field of Api: name, methods, options, version, source_context, mixins, syntax, edition, or * for all fields.',
        },
      ]);
    },
  );
});
