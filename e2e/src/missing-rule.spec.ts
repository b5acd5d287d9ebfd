import { clearExtension, clone, createFileRegistry, create, type DescFile, type DescMethod, type DescService } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rulesOf } from '@reputable/auth';
import { ROLES, SCOPES, SERVICES } from '@reputable/contracts';
import { access } from '@reputable/contracts/access/v1/access';
import { ServiceProcess } from '@reputable/dev/service-process';
import { onDemand } from '@reputable/on-demand';
import { TestWorld } from '@reputable/testing';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rpcs } from './contract.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const known = { roles: ROLES, scopes: SCOPES, services: SERVICES };

describe('a contract without one of its rules is refused with the name of the rpc', () => {
  it.each([...rpcs])('%s', (_, method) => {
    const { typeName } = method.parent;
    expect(() => rulesOf([withoutRule(method)], known)).toThrow(`${typeName}/${method.name} has no access rule.`);
    expect(() => rulesOf([method.parent], known)).not.toThrow();
  });
});

/** The service of an rpc, without the rule of that rpc. */
function withoutRule({ name, parent }: DescMethod): DescService {
  const file = clone(FileDescriptorProtoSchema, parent.file.proto);
  const method = file.service.flatMap((service) => service.method).find((each) => each.name === name);
  if (method?.options) clearExtension(method.options, access);
  const others = [...filesBelow(parent.file)].map(({ proto }) => proto);
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [...others, file] }));
  return registry.getService(parent.typeName) as DescService;
}

/** The transitive imports of a file, in dependency order. */
function filesBelow(file: DescFile): Set<DescFile> {
  return new Set(file.dependencies.flatMap((each) => [...filesBelow(each), each]));
}

describe('a service with an rpc without a rule does not start, and names it', () => {
  let world: TestWorld;
  let folder: string;
  beforeAll(async () => {
    world = await TestWorld.create();
    folder = mkdtempSync(join(tmpdir(), 'reputable-e2e-'));
  });
  afterAll(async () => {
    await world.end();
    rmSync(folder, { recursive: true });
  });

  it.each([
    ['user', 'GrantRole'],
    ['post', 'UpvotePost'],
  ])('%s without the rule of %s', async (service, rpc) => {
    const env = {
      ...(await world.settings(service)),
      ...Object.fromEntries(SERVICES.map((name) => [`${name.toUpperCase()}_URL`, 'localhost:1'])),
      NODE_OPTIONS: `--import ${join(import.meta.dirname, 'swap-contract.fixture.js')}`,
      CONTRACT: contractWithout(service, rpc, join(folder, service)),
    };
    // From source: the compiled services have the compiled contract.
    const program = join(ROOT, 'apps', service, 'src/main.ts');
    const started = ServiceProcess.start({ name: service, program, env, log: () => undefined });
    const { typeName } = rpcs.get(`${service}/${rpc}`)?.parent as DescService;
    await expect(started).rejects.toMatchObject({ message: `${service} does not start: ${typeName}/${rpc} has no access rule.` });
  });
});

/** Deletes a rule from the contract's text and generates code from it, without the checks of `npm run proto`. */
function contractWithout(service: string, rpc: string, folder: string): string {
  for (const path of ['buf.yaml', 'buf.gen.yaml', 'proto']) cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  const file = join(folder, `proto/reputable/${service}/v1/${service}.proto`);
  const rule = new RegExp(`(rpc ${rpc}\\([^]*?)option \\(reputable\\.access\\.v1\\.access\\) = \\{[^]*?\\n {4}\\};`);
  writeFileSync(file, readFileSync(file, 'utf8').replace(rule, '$1'));
  const buf = join(onDemand('buf'), 'node_modules/@bufbuild/buf/bin/buf');
  const PATH = [join(ROOT, 'node_modules/.bin'), process.env['PATH']].join(delimiter);
  const env = { PATH, BUF_CACHE_DIR: join(folder, '.cache') };
  const { status, stderr } = spawnSync(process.execPath, [buf, 'generate'], { cwd: folder, env });
  if (status !== 0) throw new Error(stderr.toString());
  return join(folder, 'libs/contracts/src/gen');
}
