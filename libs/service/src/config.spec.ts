import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { authOptions, common, port, readConfig } from './config.ts';

const Config = z.object({ ...common, GRPC_PORT: port(50053) });
const good = { TLS_DIR: '/tls', ISSUER: 'https://auth.example.com/' };

describe('readConfig', () => {
  it('applies defaults', () => {
    expect(readConfig(Config, good)).toMatchObject({
      HOST: '127.0.0.1',
      GRPC_PORT: 50053,
      NODE_ENV: 'production',
      TRUST_DOMAIN: 'reputable.local',
      DEADLINE_MS: 2_000,
    });
  });

  it('names every missing or wrong setting at once', () => {
    const read = () => readConfig(Config, { GRPC_PORT: '70000', LOG_LEVEL: 'loud', ISSUER: 'nowhere', DEADLINE_MS: '99' });
    expect(read).toThrow(
      [
        "TLS_DIR is missing: the folder with this service's tls.crt, tls.key and ca.crt.",
        'ISSUER must be a URL: the iss of the accepted tokens, as in https://auth.example.com.',
        'DEADLINE_MS must be a number of milliseconds: 100 to 60000.',
        'LOG_LEVEL must be fatal, error, warn, info, debug or trace.',
        'GRPC_PORT must be a port: 0 to 65535.',
      ].join('\n'),
    );
  });

  it.each(['0', '0.5', '2'])('refuses a grace that is shorter than the updates of the revocations: %s', (REVOCATION_GRACE_S) => {
    expect(() => readConfig(Config, { ...good, REVOCATION_GRACE_S })).toThrow('REVOCATION_GRACE_S must be a number of seconds: 3 to 300.');
  });

  it.each([
    ['http://auth.example.com/jwks', false],
    ['http://10.0.0.7:3001/jwks', false],
    ['http://localhost.evil.example/jwks', false],
    ['https://auth.example.com/jwks', true],
    ['http://localhost:3001/jwks', true],
    ['http://127.0.0.1:3001/jwks', true],
    ['http://[::1]:3001/jwks', true],
  ])('requires https for keys of another machine: %s', (JWKS_URI, fine) => {
    const read = () => authOptions(readConfig(Config, { ...good, JWKS_URI }));
    if (fine) expect(read().issuer.keys).toEqual({ jwksUri: new URL(JWKS_URI) });
    else expect(read).toThrow('JWKS_URI must be https');
  });

  it.each(['', ' '])('refuses a number that is %j: it is not 0, which could mean no limit', (text) => {
    expect(() => readConfig(z.object({ SHUTDOWN_DELAY_MS: common.SHUTDOWN_DELAY_MS }), { SHUTDOWN_DELAY_MS: text })).toThrow(
      'SHUTDOWN_DELAY_MS is empty. Set a number, or unset it.',
    );
  });

  it('refuses an http issuer on another machine without JWKS_URI', () => {
    expect(() => authOptions(readConfig(Config, { ...good, ISSUER: 'http://auth.example.com' }))).toThrow('JWKS_URI must be https');
  });

  it('counts an empty OTEL setting as not set', () => {
    const empty = { OTEL_EXPORTER_OTLP_ENDPOINT: '', OTEL_SDK_DISABLED: '', OTEL_BSP_SCHEDULE_DELAY: '' };
    const read = readConfig(Config, { ...good, ...empty });
    expect(read).toMatchObject({ OTEL_SDK_DISABLED: false, OTEL_BSP_SCHEDULE_DELAY: 5_000 });
    expect(read.OTEL_EXPORTER_OTLP_ENDPOINT).toBeUndefined();
  });

  it("JWKS_URI defaults to the issuer's well-known path", () => {
    const jwksUri = new URL('https://auth.example.com/.well-known/jwks.json');
    expect(authOptions(readConfig(Config, good)).issuer).toEqual({
      ...{ url: good.ISSUER, keys: { jwksUri }, transactionTokens: 'reputable.local' },
    });
  });
});

describe('a setting from a file', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'reputable-settings-'));
    await writeFile(join(folder, 'issuer'), 'https://auth.example.com\n');
    await writeFile(join(folder, 'empty'), '\n');
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });
  const { TLS_DIR } = good;

  it("is the file's content without the final line break", () => {
    expect(readConfig(Config, { TLS_DIR, ISSUER_FILE: join(folder, 'issuer') }).ISSUER).toBe('https://auth.example.com');
  });

  it.each([
    [
      'does not exist',
      () => ({ ISSUER_FILE: join(folder, 'none') }),
      /^ISSUER_FILE names .*none, which does not exist\. Run the `secrets` step first\.$/,
    ],
    ['cannot be read', () => ({ ISSUER_FILE: folder }), /^ISSUER_FILE names .*, which cannot be read \(EISDIR\)\.$/],
    ['is empty', () => ({ ISSUER_FILE: join(folder, 'empty') }), /^ISSUER is empty: the iss of the accepted tokens/],
    [
      'comes twice',
      () => ({ ...good, ISSUER_FILE: join(folder, 'issuer') }),
      /^ISSUER and ISSUER_FILE are both set\. Unset one of them\.$/,
    ],
    ['is a mistake', () => ({ ISSUER_FILE: '' }), /^ISSUER_FILE is empty\. Set it to the path of a file\.$/],
  ])('is refused if it %s', (_name, env, says) => {
    expect(() => readConfig(Config, { TLS_DIR, ...env() })).toThrow(says);
  });

  it('is reported together with the other faults', () => {
    expect(() => readConfig(Config, { ISSUER_FILE: join(folder, 'none'), GRPC_PORT: 'x' })).toThrow(
      /^ISSUER_FILE names .*\nTLS_DIR is missing.*\nGRPC_PORT must be/,
    );
  });
});
