import { patiently } from '@reputable/cli';
import { exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose';
import { randomUUID } from 'node:crypto';
import { writeClaim } from './claim-page.ts';
import type { BenchOptions } from './options.ts';
import { median } from './quantile.ts';
import { figure, table } from './table.ts';
import { Hops } from './trust/hops.ts';
import { startTrustSystem } from './trust/trust-system.ts';

/** The algorithms that jose, and so the service, can verify. ES256K is none of them: WebCrypto does not have it. */
const ALGORITHMS = ['ES256', 'Ed25519', 'RS256'] as const;

/** The lengths of the claims that are added to a token, in characters. */
const PADDINGS = [0, 200, 2_000] as const;

const TOKENS = 500;
const CALLS = 500;

/** The claims of a token for services. */
const CLAIMS = {
  sid: randomUUID(),
  client_id: 'first-party',
  scope: 'posts:read posts:write votes:write comments:write profile:read profile:write',
  roles: [],
  reputation: 120,
  act: { sub: 'gateway' },
};

/** Compares algorithms of signatures, and lengths of tokens. */
export async function run({ rounds = 9, write = false }: BenchOptions): Promise<void> {
  const text = await signatureTables(rounds);
  console.log(text);
  const load = `median of ${rounds} rounds of ${TOKENS} tokens, and of ${figure(CALLS)} calls`;
  if (write) await writeClaim({ region: 'signatures', command: 'signatures', load, text });
}

/** The tables of algorithms and of lengths. */
async function signatureTables(rounds: number): Promise<string> {
  const algorithms = await patiently('Signing and verifying', algorithmTable(rounds));
  return `${algorithms}\n${await patiently('Sending tokens of several lengths', lengthTable(rounds))}`;
}

async function algorithmTable(rounds: number): Promise<string> {
  const sampleOf = async (algorithm: string) => {
    const keys = await generateKeyPair(algorithm, { extractable: true, modulusLength: 2048 });
    return { algorithm, keys, token: await signed(algorithm, keys.privateKey), sign: [] as number[], verify: [] as number[] };
  };
  const samples = await Promise.all(ALGORITHMS.map(sampleOf));
  for (let round = -1; round < rounds; round += 1) {
    for (const { algorithm, keys, ...times } of samples) {
      const token = await signed(algorithm, keys.privateKey);
      const sign = await cpuUsOf(() => signed(algorithm, keys.privateKey));
      const verify = await cpuUsOf(() => jwtVerify(token, keys.publicKey));
      if (round >= 0) times.sign.push(sign);
      if (round >= 0) times.verify.push(verify);
    }
  }
  const keyLengths = await Promise.all(samples.map(async ({ keys }) => JSON.stringify(await exportJWK(keys.publicKey)).length));
  return table(
    ['algorithm', 'token, characters', 'public key, characters', 'sign, CPU µs', 'verify, CPU µs'],
    samples.map(({ algorithm, token, sign, verify }, index) => [
      algorithm,
      ...[token.length, keyLengths[index] ?? NaN, median(sign), median(verify)].map((value) => figure(value)),
    ]),
  );
}

const signed = (alg: string, key: Parameters<SignJWT['sign']>[0]) =>
  new SignJWT(CLAIMS)
    .setProtectedHeader({ alg, typ: 'at+jwt', kid: 'a-key-of-16-char' })
    .setIssuer('http://localhost:3001')
    .setSubject(randomUUID())
    .setAudience(['gateway', 'auth', 'user', 'post', 'comment'])
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime('1 minute')
    .sign(key);

/** The CPU time of one run of the work in all threads of this process, in microseconds. */
async function cpuUsOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  for (let count = 0; count < TOKENS; count += 1) await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / TOKENS;
}

/** The CPU time of a service for a call with a token that it knows, by the length of the token. */
async function lengthTable(rounds: number): Promise<string> {
  const system = await startTrustSystem();
  const hops = await Hops.start(system);
  try {
    const samples = PADDINGS.map((padding) => ({ padding, length: 0, us: [] as number[] }));
    for (let round = -1; round < rounds; round += 1) {
      for (const sample of samples) {
        const claims = { ...CLAIMS, sub: randomUUID(), ...(sample.padding > 0 && { note: 'x'.repeat(sample.padding) }) };
        const token = await system.forge(claims);
        const us = await hops.measure(`Bearer ${token}`, 1, CALLS);
        sample.length = token.length;
        if (round >= 0) sample.us.push(us);
      }
    }
    const [shortest] = samples.map(({ us }) => median(us));
    return await table(
      ['token, characters', 'a call, CPU µs', 'ratio'],
      samples.map(({ length, us }) => [figure(length), figure(median(us)), figure(median(us) / (shortest ?? NaN), 2)]),
    );
  } finally {
    hops.stop();
    await system.stop();
  }
}
