import { describe, expect, it } from '@jest/globals';
import { readConfig } from '@reputable/service';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { providers } from './providers.field.ts';

const folder = mkdtempSync(join(tmpdir(), 'reputable-providers-'));
const file = (name: string, content: string) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

const GOOD = {
  id: 'example',
  label: 'Example',
  issuer: 'https://accounts.example.com',
  clientId: 'reputable',
  clientSecretFile: file('secret', 'a secret\n'),
};

const read = (value: unknown) =>
  readConfig(z.object({ OIDC_PROVIDERS: providers() }), {
    OIDC_PROVIDERS: typeof value === 'string' ? value : JSON.stringify(value),
  }).OIDC_PROVIDERS;

describe('OIDC_PROVIDERS', () => {
  it('is empty by default, and reads the secret from its file', () => {
    expect(readConfig(z.object({ OIDC_PROVIDERS: providers() }), {})).toEqual({ OIDC_PROVIDERS: [] });
    for (const none of ['', ' ']) expect(read(none)).toEqual([]);
    expect(read([GOOD])).toEqual([
      { id: 'example', label: 'Example', issuer: 'https://accounts.example.com', clientId: 'reputable', clientSecret: 'a secret' },
    ]);
    expect(read([{ ...GOOD, issuer: 'http://localhost:3004' }])).toHaveLength(1);
  });

  it.each([
    ['no JSON', '{', 'OIDC_PROVIDERS must be a JSON array'],
    ['no array', {}, 'OIDC_PROVIDERS must be a JSON array'],
    ['no object', ['x'], 'OIDC_PROVIDERS.0 must have id, label, issuer'],
    ['no issuer', [{ ...GOOD, issuer: undefined }], "OIDC_PROVIDERS.0.issuer is missing: the provider's issuer"],
    ['http on another machine', [{ ...GOOD, issuer: 'http://accounts.example.com' }], 'OIDC_PROVIDERS.0.issuer must be an https URL'],
    ['an issuer with a query', [{ ...GOOD, issuer: 'https://a.example/?a' }], 'OIDC_PROVIDERS.0.issuer must be an https URL'],
    ['an id that is no path', [{ ...GOOD, id: '../x' }], 'OIDC_PROVIDERS.0.id must have lower-case letters'],
    ['a file that does not exist', [{ ...GOOD, clientSecretFile: '/no/file' }], 'OIDC_PROVIDERS.0.clientSecretFile names /no/file'],
    ['an empty file', [{ ...GOOD, clientSecretFile: file('empty', '\n') }], 'which is empty.'],
    ['a secret in place of its file', [{ ...GOOD, clientSecret: 'x' }], 'OIDC_PROVIDERS.0 must have id, label'],
    ['one id twice', [GOOD, { ...GOOD, issuer: 'https://b.example' }], 'OIDC_PROVIDERS.1.id is that of another provider: example.'],
    ['one issuer twice', [GOOD, { ...GOOD, id: 'b' }], 'OIDC_PROVIDERS.1.issuer is that of another provider'],
  ])('refuses %s', (_what, value, message) => {
    expect(() => read(value)).toThrow(message);
  });
});
