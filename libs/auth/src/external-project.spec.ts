import type { DescService } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { INSTALLATION_TIMEOUT, onDemand } from '@reputable/on-demand';
import { openAuthority } from '@reputable/pki';
import { eventually, freePort } from '@reputable/testing';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { openClient } from './call/client.ts';
import { ExternalProject, type Nest, type Tool, TOOLS } from './external-project.fixture.ts';
import { blocks, PackedLibrary, ROOT, sh } from './packed-library.fixture.ts';
import { aUser, TestIssuer, type TestUser, withToken } from './testing/index.ts';
import { CertificateWatch } from './tls/certificate-watch.ts';

type Pay = (request: { id: string; cents: number }) => Promise<{ id: string; paidBy: string }>;

interface Service {
  readonly process: ChildProcess;
  readonly port: number;
}

const TRUST_DOMAIN = 'acme.example';
const CONTRACT = 'dist/gen/acme/invoice/v1/invoice_pb.js';
const NESTS: readonly Nest[] = [11, 12];

let library: PackedLibrary;
let projects: readonly ExternalProject[];
let pki: string;
let InvoiceService: DescService;
let issuer: TestIssuer;
/** Stands in for Keycloak, Auth0 and Entra ID. */
let rsa: TestIssuer;
const services = new Map<string, Service>();
const closing: (() => void)[] = [];

beforeAll(() => {
  for (const name of ['buf', 'nest-11', 'package-checks', 'ts-proto'] as const) onDemand(name);
}, INSTALLATION_TIMEOUT);
beforeAll(async () => {
  [library, issuer, rsa] = await Promise.all([
    PackedLibrary.pack(),
    TestIssuer.start({ audience: ['invoice'] }),
    TestIssuer.start({ algorithm: 'RS256' }),
  ]);
  const authority = await openAuthority(join(library.folder, 'pki'), { trustDomain: TRUST_DOMAIN });
  pki = authority.dir;
  for (const name of ['invoice', 'shop', 'stranger']) await authority.issue(name);
  projects = await Promise.all(NESTS.map((nest) => ExternalProject.create(library, nest)));
  const [, esm] = projects as [ExternalProject, ExternalProject];
  ({ InvoiceService } = (await import(join(esm.folder, CONTRACT))) as { readonly InvoiceService: DescService });
  for (const project of projects) {
    for (const tool of [...TOOLS, 'issuers'] as const) services.set(`${String(project.nest)} ${tool}`, await start(project, tool));
  }
  await Promise.all([...services.values()].map(ready));
}, INSTALLATION_TIMEOUT);

afterAll(async () => {
  for (const close of closing) close();
  for (const { process } of services.values()) {
    if (process.exitCode !== null) continue;
    process.kill();
    await once(process, 'exit');
  }
  await Promise.all([issuer.stop(), rsa.stop()]);
  await library.remove();
});

async function start(project: ExternalProject, tool: Tool | 'issuers'): Promise<Service> {
  const port = await freePort();
  return { process: project.start(tool, { ...environment(), LISTEN: `127.0.0.1:${String(port)}` }), port };
}

const environment = () => ({ ISSUER: issuer.url, REALM: rsa.url, JWKS: `${rsa.url}/jwks`, TLS_DIR: join(pki, 'invoice') });

const ready = (service: Service) =>
  eventually(async () => {
    if (service.process.exitCode !== null) throw new Error('The service has ended.');
    await expect(payAs(service, {}, 'stranger')).rejects.toMatchObject({ reason: 'CALLER_NOT_ALLOWED' });
  }, 30_000);

/** Who pays an invoice: a user of our own issuer, a token of another, or nobody. */
interface Payer {
  readonly user?: TestUser;
  readonly token?: string;
  readonly cents?: number;
}

/** Pays an invoice as this user, or without one, through a client of the service `through`. */
async function payAs({ port }: Service, { user, token: given, cents = 100 }: Payer, through = 'shop') {
  const identity = await CertificateWatch.open({ folder: join(pki, through), service: through, trustDomain: TRUST_DOMAIN });
  const { client, close } = openClient({ contract: InvoiceService, service: 'invoice', url: `localhost:${String(port)}` }, identity);
  closing.push(() => {
    close();
    identity.close();
  });
  const token = given ?? (user && (await issuer.tokenFor(user)));
  const { payInvoice } = client as unknown as { readonly payInvoice: Pay };
  const call = () => payInvoice({ id: '7', cents });
  return token === undefined ? call() : withToken(token, call);
}

const accountant = (reputation: number) => aUser({ roles: ['ACCOUNTANT'], reputation });

describe.each(NESTS.flatMap((nest) => TOOLS.map((tool) => [nest, tool] as const)))(
  'an outside service with NestJS %i and %s',
  (nest, tool) => {
    const pay = (...args: Parameters<typeof payAs> extends [Service, ...infer Rest] ? Rest : never) =>
      payAs(services.get(`${String(nest)} ${tool}`) as Service, ...args);

    it('enforces the rules of its own contract, with a reason', async () => {
      await expect(pay({})).rejects.toMatchObject({ reason: 'TOKEN_MISSING' });
      await expect(pay({ user: aUser({ reputation: 100 }) })).rejects.toMatchObject({ reason: 'ROLE_MISSING' });
      await expect(pay({ user: accountant(99) })).rejects.toMatchObject({
        reason: 'REPUTATION_TOO_LOW',
        metadata: { required: '100', actual: '99' },
      });
      await expect(pay({ user: accountant(100) }, 'stranger')).rejects.toMatchObject({ reason: 'CALLER_NOT_ALLOWED' });
    });

    it('accepts an allowed user and passes them to the handler', async () => {
      const user = accountant(100);
      expect(await pay({ user })).toMatchObject({ id: '7', paidBy: user.id });
    });

    it("returns its handlers' errors, with or without our error model", async () => {
      await expect(pay({ user: accountant(499), cents: 1_000_001 })).rejects.toMatchObject(
        tool === 'proto-loader'
          ? { reason: 'SUM_TOO_HIGH', domain: 'acme.invoice.v1', message: 'Paying this much needs 500 reputation.' }
          : { reason: 'REPUTATION_TOO_LOW', message: 'Paying this much needs 500 reputation; you have 499.' },
      );
    });
  },
);

/** The tokens of other issuers, for a user with these roles and this reputation. */
const FORMS = {
  keycloak: (roles: string[]) => ({
    iss: rsa.url,
    typ: 'Bearer',
    sub: 'ada',
    azp: 'web',
    scope: '',
    resource_access: { invoice: { roles } },
  }),
  auth0: (roles: string[]) => ({
    iss: 'https://acme.example/',
    sub: 'auth0|ada',
    azp: 'web',
    scope: '',
    'https://acme.example/roles': roles,
  }),
  entra: (roles: string[]) => ({
    ...{ iss: 'https://login.microsoftonline.com/acme/v2.0', ver: '2.0', tid: 'acme' },
    ...{ oid: 'ada', azp: 'web', scp: '', roles },
  }),
};

describe.each(NESTS.flatMap((nest) => (['keycloak', 'auth0', 'entra'] as const).map((form) => [nest, form] as const)))(
  'an outside service with NestJS %i that trusts several issuers, called with a token of %s',
  (nest, form) => {
    const pay = async (reputation: number, changes: object = {}, roles = ['ACCOUNTANT']) => {
      const iat = Math.floor(Date.now() / 1000);
      const claims = { ...FORMS[form](roles), aud: 'invoice', iat, exp: iat + 300, reputation, ...changes };
      return payAs(services.get(`${String(nest)} issuers`) as Service, { token: await rsa.sign(claims, { typ: 'JWT' }) });
    };

    it('enforces its rules on the claims of that issuer, and keeps its users apart', async () => {
      expect(await pay(100)).toMatchObject({ paidBy: form === 'auth0' ? 'auth0:auth0|ada' : `${form}:ada` });
      await expect(pay(99)).rejects.toMatchObject({ reason: 'REPUTATION_TOO_LOW', metadata: { required: '100', actual: '99' } });
      await expect(pay(100, {}, ['READER'])).rejects.toMatchObject({ reason: 'ROLE_MISSING' });
      for (const changes of [{ aud: 'shop' }, { iss: issuer.url }, { iss: 'https://evil.example' }]) {
        await expect(pay(100, changes)).rejects.toMatchObject({ reason: 'TOKEN_INVALID' });
      }
    });

    it('accepts those of our own form too', async () => {
      const user = accountant(100);
      expect(await payAs(services.get(`${String(nest)} issuers`) as Service, { user })).toMatchObject({ paidBy: user.id });
    });
  },
);

describe.each(NESTS)('a project with NestJS %i', (nest) => {
  const project = () => projects.find((it) => it.nest === nest) as ExternalProject;
  const read = (file: string) => readFile(join(project().folder, file), 'utf8');

  it('has that version, and its module system', async () => {
    expect(JSON.parse(await read('node_modules/@nestjs/core/package.json'))).toMatchObject({
      version: expect.stringMatching(`^${nest}\\.`),
    });
    expect(await read('dist/main.js')).toMatch(
      nest === 11 ? /^const auth_1 = require\("@reputable\/auth"\);$/m : /^import .* from '@reputable\/auth';$/m,
    );
  });

  it.each(['proto-loader', 'ts-proto'] as const)('does not start if an rpc in a contract of %s has no rule', async (tool) => {
    const output = await project().startWithoutRule(tool, { ...environment(), LISTEN: '127.0.0.1:0' });
    expect(output).toContain('acme.invoice.v1.InvoiceService/PayInvoice has no access rule.');
  });

  it('has the types with the module resolution of bundlers', async () => {
    await project().run(`tsc --noEmit --skipLibCheck --moduleResolution bundler --module ${nest === 11 ? 'commonjs' : 'esnext'}`);
  });
});

describe('the package', () => {
  const check = (program: string) => sh(program, ROOT, [join(onDemand('package-checks'), 'node_modules/.bin')]);

  it('contains JavaScript, types, and the access option', async () => {
    const files = await readdir(join(library.folder, 'package'), { recursive: true, withFileTypes: true });
    const paths = files
      .filter((file) => file.isFile())
      .map((file) => relative(join(library.folder, 'package'), join(file.parentPath, file.name)));
    expect(paths).toContain('proto/reputable/access/v1/access.proto');
    expect(paths.filter((path) => !/^libs\/(auth|contracts|errors|tracing)\/src\/.*\.(js|d\.ts)$/.test(path)).sort()).toEqual([
      'LICENSE',
      'README.md',
      'package.json',
      'proto/reputable/access/v1/access.proto',
      'proto/reputable/access/v1/reason.proto',
    ]);
    expect(paths.filter((path) => /\.(spec|fixture)\./.test(path))).toEqual([]);
  });

  it('has entry points that every resolver finds, with types', async () => {
    await check(`publint --strict ${library.tarball}`);
    // CommonJS gets ES modules by `require`: docs/adr/0032-one-package-of-es-modules.md
    await check(`attw --profile node16 --ignore-rules cjs-resolves-to-esm -- ${library.tarball}`);
  });

  it('has the public types of the reports: npm run api writes them', async () => {
    await check('node --import @reputable/run tools/build/src/api.ts --check');
  });
});

describe('the README', () => {
  it('needs nine lines in main.ts', () => {
    const lines = (blocks.get('src/main.ts') ?? '').split('\n');
    const from = lines.findIndex((line) => line.includes('AuthModule.forService({'));
    const to = lines.findIndex((line, at) => at > from && line.trim() === '}),');
    expect(to - from + 1 + lines.filter((line) => line.includes('securedGrpc(')).length).toBe(9);
  });
});
