import { onDemand } from '@reputable/on-demand';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { block, blocks, type PackedLibrary, ROOT, sh } from './packed-library.fixture.ts';

/** The tools that read contracts. Those after the first have a folder of their own in a project. */
export const TOOLS = ['protobuf-es', 'proto-loader', 'ts-proto'] as const;

export type Tool = (typeof TOOLS)[number];

const OWN_FOLDER = TOOLS.slice(1);

/** A version of NestJS, with the module system and the Node.js that its users have. */
export type Nest = 11 | 12;

/** The packages that more than this page of the README needs. */
const BY_TOOL = ['@grpc/proto-loader'];

/**
 * A project outside this workspace, built by the README's instructions in an empty folder: with NestJS 12 as ES modules, with NestJS 11 as
 * CommonJS on Node 22. Instead of a download from npm, it links the packages that the library declares or the README installs, and no others.
 */
export class ExternalProject {
  readonly folder: string;
  readonly #sources: readonly string[];

  private constructor(
    readonly library: PackedLibrary,
    readonly nest: Nest,
  ) {
    this.folder = join(library.folder, `nest-${String(nest)}`);
    this.#sources = [...(nest === 11 ? [onDemand('nest-11')] : []), ROOT, onDemand('ts-proto'), onDemand('buf')];
  }

  static async create(library: PackedLibrary, nest: Nest): Promise<ExternalProject> {
    const project = new ExternalProject(library, nest);
    await mkdir(project.folder);
    await project.#install();
    await project.#write();
    await project.run('ts-proto/generate');
    await project.run('generate');
    return project;
  }

  /** Runs one of the README's command blocks in the project, or another script. */
  async run(title: string): Promise<void> {
    await sh(blocks.get(title) ?? title, this.folder, [join(this.folder, 'node_modules/.bin')]);
  }

  /** Starts the service: with the contract of a tool, or with `issuers`, which trusts several at once. */
  start(variant: Tool | 'issuers', env: Readonly<Record<string, string>>): ChildProcess {
    const program = join('dist', folderOf(variant), 'main.js');
    return spawn(this.#node(), [program], { cwd: this.folder, env, stdio: ['ignore', 'ignore', 'inherit'] });
  }

  /**
   * Runs the service with a contract whose rpc has no rule.
   *
   * @returns what the service prints before it ends
   * @throws Error if it does not end by itself with an error
   */
  async startWithoutRule(tool: Tool, env: Readonly<Record<string, string>>): Promise<string> {
    const folder = join(this.folder, `without-rule-${tool}`);
    for (const name of ['dist', 'proto', 'package.json']) await cp(join(this.folder, name), join(folder, name), { recursive: true });
    const [file, rule] =
      tool === 'proto-loader'
        ? (['proto/acme/invoice/v1/invoice.proto', /option \(reputable\.access[^]*?\};/] as const)
        : (['dist/ts-proto/gen/acme/invoice/v1/invoice.js', '_unknownFields'] as const);
    const text = await readFile(join(folder, file), 'utf8');
    await writeFile(join(folder, file), text.replace(rule, tool === 'proto-loader' ? '' : 'none'));
    const run = promisify(execFile)(this.#node(), [join('dist', folderOf(tool), 'main.js')], { cwd: folder, env, timeout: 60_000 });
    const { killed, stdout, stderr } = await run.then(
      () => ({ killed: true, stdout: '', stderr: '' }),
      (error: unknown) => error as { readonly killed: boolean; readonly stdout: string; readonly stderr: string },
    );
    if (killed) throw new Error('The service has not ended with an error.');
    return stdout + stderr;
  }

  #node(): string {
    const node22 = ['x64', 'arm64'].map((cpu) => join(onDemand('nest-11'), `node_modules/node-linux-${cpu}/bin/node`)).find(existsSync);
    return (this.nest === 11 && node22) || process.execPath;
  }

  async #install(): Promise<void> {
    const modules = join(this.folder, 'node_modules');
    await this.library.unpackTo(join(modules, '@reputable/auth'));
    const { dependencies, peerDependencies } = this.library.manifest;
    const named = [...block('install').split(/\s+/), ...BY_TOOL];
    const missing = Object.keys(peerDependencies).filter((peer) => !named.includes(peer));
    if (missing.length > 0) throw new Error(`The library needs ${missing.join(', ')}. Add it to the README's install block.`);
    const needed = [...named, ...Object.keys(dependencies)];
    await this.#link(needed.filter((name) => this.#find(name, 'package.json') !== undefined));
    await this.#link(['buf', 'protoc-gen-es', 'protoc-gen-ts_proto', 'tsc'].map((program) => `.bin/${program}`));
  }

  async #link(names: readonly string[]): Promise<void> {
    for (const name of new Set(names)) {
      const path = join(this.folder, 'node_modules', name);
      await mkdir(dirname(path), { recursive: true });
      await symlink(this.#find(name) ?? name, path);
    }
  }

  #find(name: string, file = ''): string | undefined {
    return this.#sources.map((source) => join(source, 'node_modules', name)).find((path) => existsSync(join(path, file)));
  }

  async #write(): Promise<void> {
    const files = [...blocks].filter(([title]) => title.includes('.') && !OWN_FOLDER.some((tool) => title.startsWith(`${tool}/src/`)));
    const type = this.nest === 11 ? 'commonjs' : 'module';
    for (const [path, text] of [
      ['package.json', JSON.stringify({ name: 'invoice', type })] as const,
      ...files,
      ...OWN_FOLDER.flatMap(filesFor),
      ...ISSUERS,
    ]) {
      await mkdir(join(this.folder, dirname(path)), { recursive: true });
      await writeFile(join(this.folder, path), text);
    }
  }
}

const folderOf = (variant: Tool | 'issuers'): string => (variant === 'protobuf-es' ? '' : variant);

/** The service that trusts Keycloak, Auth0, Entra ID and an issuer like ours. Test issuers stand in for them. */
const ISSUERS: [string, string][] = [
  [
    'src/issuers/issuers.ts',
    `import { auth0, entraId, keycloak, type TrustedIssuers } from '@reputable/auth';

    const { ISSUER = '', REALM = '', JWKS = '' } = process.env;
    const keys = { jwksUri: new URL(JWKS) };
    const more = ({ reputation }: Readonly<Record<string, unknown>>) => ({ reputation: Number(reputation) });
    const exampleClaims = { reputation: 7 };
    export const issuers: TrustedIssuers = [
      { url: ISSUER },
      keycloak({ realm: REALM, audience: 'invoice', roles: 'client', namespace: 'keycloak', more, exampleClaims }),
      auth0({ domain: 'acme.example', audience: 'invoice', rolesClaim: 'https://acme.example/roles', namespace: 'auth0', keys, more, exampleClaims }),
      entraId({ tenant: 'acme', audience: 'invoice', namespace: 'entra', keys, more, exampleClaims }),
    ];
    `,
  ],
  [
    'src/issuers/main.ts',
    `import { issuers } from './issuers.js';\n${block('src/main.ts')
      .replace('issuer: ISSUER,', 'issuer: issuers,')
      .replace("const { ISSUER = 'https://id.acme.example', TLS_DIR", 'const { TLS_DIR')
      .replaceAll("'./", "'../")}`.replace("'../issuers.js'", "'./issuers.js'"),
  ],
];

/** The service with the lines that the README changes for a tool. */
function filesFor(tool: Tool): [string, string][] {
  const lines = block(`${tool}/src/main.ts`).split('\n');
  const imports = lines.filter((line) => line.startsWith('import '));
  const main = block('src/main.ts')
    .replace(/^import \{ InvoiceService \}.*$/m, imports.join('\n'))
    .replace(/^ *serves: .*$/m, lines.filter((line) => !imports.includes(line)).join('\n'));
  const controller = blocks.get(`${tool}/src/invoice.controller.ts`) ?? block('src/invoice.controller.ts').replace('_pb.js', '.js');
  return [
    [`src/${folderOf(tool)}/main.ts`, main],
    [`src/${folderOf(tool)}/invoice.controller.ts`, controller],
  ];
}
