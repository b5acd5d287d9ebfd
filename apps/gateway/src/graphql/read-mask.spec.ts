import { describe, expect, it } from '@jest/globals';
import { type CallContext, runInCall } from '@reputable/auth';
import { CommentSchema } from '@reputable/contracts/comment/v1/comment';
import { PostSchema } from '@reputable/contracts/post/v1/post';
import { UserSchema } from '@reputable/contracts/user/v1/user';
import { buildSchema, isObjectType, parse } from 'graphql';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMask } from './read-mask.ts';
import { rememberSelection } from './selection.ts';

const source = join(import.meta.dirname, '..');
const schema = buildSchema(
  globSync('**/*.graphql', { cwd: source })
    .map((file) => readFileSync(join(source, file), 'utf8'))
    .join('\n'),
);

const masks = {
  Post: readMask(PostSchema, { author: 'author_id', comments: 'id' }),
  Comment: readMask(CommentSchema, { author: 'author_id' }),
  User: readMask(UserSchema),
};

/** The paths of a type's mask in a request with this document. */
const pathsOf = (type: keyof typeof masks, document: string) =>
  runInCall({ values: new Map() } as Partial<CallContext> as CallContext, () => {
    rememberSelection(schema, parse(document));
    return masks[type]()?.paths;
  });

describe('the read mask of a request', () => {
  it.each([
    ['the selected fields, in the names of the contract', '{ posts { nodes { title createdAt } } }', ['created_at', 'id', 'title']],
    ['fields under aliases', '{ posts { nodes { title: body } } }', ['body', 'id']],
    ['fields at several places', '{ posts { nodes { title } } post(id: 1) { body } }', ['body', 'id', 'title']],
    ['fields of fragments', '{ posts { nodes { ...A ... on Post { body } } } } fragment A on Post { score }', ['body', 'id', 'score']],
    ['fields under directives', 'query($x: Boolean!) { posts { nodes { title @skip(if: $x) } } }', ['id', 'title']],
    ['the fields that resolvers read', '{ posts { nodes { author { displayName } comments { nodes { body } } } } }', ['author_id', 'id']],
    ['no field of other types', '{ posts { nodes { __typename comments { nodes { body score } } } } }', ['id']],
    ['the id if nothing is selected', '{ user(id: 1) { displayName } }', ['id']],
  ])('has %s', (_name, document, paths) => {
    expect(pathsOf('Post', document)).toEqual(paths);
  });

  it.each(['Post', 'Comment', 'User'] as const)('has a counterpart for each field of %s', (type) => {
    const described = schema.getType(type);
    const fields = isObjectType(described) ? Object.keys(described.getFields()) : [];
    expect(fields.length).toBeGreaterThan(5);
    const selection = fields.map((name) =>
      name === 'author' ? 'author { id }' : name === 'comments' ? 'comments { nodes { id } }' : name,
    );
    expect(pathsOf(type, `fragment A on ${type} { ${selection.join(' ')} }`)).not.toContain('*');
  });

  it('has all fields if the contract has no field of that name', () => {
    const mask = readMask({ ...PostSchema, fields: [] });
    runInCall({ values: new Map() } as Partial<CallContext> as CallContext, () => {
      rememberSelection(schema, parse('{ posts { nodes { title } } }'));
      expect(mask()?.paths).toEqual(['*']);
    });
  });

  it('is absent outside a request', () => {
    expect(masks.Post()).toBeUndefined();
  });
});
