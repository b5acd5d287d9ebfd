import { CliError } from '@reputable/cli';
import { execFile, type ExecFileException } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '../../..');
const SERVICE_LABEL = 'com.docker.compose.service';

interface CommandOptions {
  readonly input?: string;
  /** Whether another exit code than 0 is a result as well. */
  readonly mayFail?: boolean;
  /** In milliseconds. */
  readonly timeout?: number;
}

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The fields of `docker inspect` that we read. */
export interface Container {
  readonly Id: string;
  readonly Image: string;
  readonly State: { readonly Running: boolean; readonly ExitCode: number; readonly Health?: { readonly Status: string } };
  readonly Config: { readonly User: string; readonly Labels: Readonly<Record<string, string>> };
  readonly HostConfig: { readonly ReadonlyRootfs: boolean; readonly Privileged: boolean };
  readonly NetworkSettings: { readonly Ports: Readonly<Record<string, readonly { readonly HostPort: string }[] | null>> };
}

/** The service that a container runs. */
export const serviceOf = ({ Config }: Pick<Container, 'Config'>): string => Config.Labels[SERVICE_LABEL] ?? '';

/**
 * Runs a program to its end.
 *
 * @throws {CliError} if it cannot run, or fails and must not
 */
export async function run(
  program: string,
  args: readonly string[],
  { env = process.env, signal, input = '', mayFail = false, timeout = 1_800_000 }: CommandOptions & Context = {},
): Promise<Result> {
  const running = promisify(execFile)(program, args, { env, signal, timeout, maxBuffer: 2 ** 28 });
  running.child.stdin?.on('error', () => undefined).end(input);
  try {
    return { code: 0, ...(await running) };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as ExecFileException;
    if (typeof code === 'number' && mayFail) return { code, stdout, stderr };
    if (code === 'ENOENT') throw new CliError(`cannot run ${program}: it is not installed.`);
    const last = `${stdout}\n${stderr}`.trim().split('\n').slice(-12).join('\n');
    throw new CliError(`${[program, ...args.slice(0, 6)].join(' ')} failed:\n${last}`);
  }
}

interface Context {
  readonly env?: NodeJS.ProcessEnv;
  /** Ends the program. */
  readonly signal?: AbortSignal;
}

const PROVISION = 'reputable/provision';

/** docker-compose.yml as a project with a name of its own. */
export class Compose {
  private constructor(
    readonly project: string,
    private readonly program: readonly [string, ...string[]],
    private readonly context: Context,
  ) {}

  /**
   * Opens a project with compose 2, or else with docker-compose 1.
   *
   * @param settings the settings of docker-compose.yml
   */
  static async open(project: string, settings: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Compose> {
    const context = { env: { ...process.env, ...settings, COMPOSE_PROJECT_NAME: project }, signal };
    const { code } = await run('docker', ['compose', 'version'], { ...context, mayFail: true });
    return new Compose(project, code === 0 ? ['docker', 'compose'] : ['docker-compose'], context);
  }

  compose(args: readonly string[], options: CommandOptions & Context = {}): Promise<Result> {
    const [program, ...first] = this.program;
    const file = ['-f', join(ROOT, 'docker-compose.yml'), '--project-directory', ROOT];
    return run(program, [...first, ...file, ...args], { ...this.context, ...options });
  }

  docker(args: readonly string[], options: CommandOptions = {}): Promise<Result> {
    return run('docker', args, { ...this.context, ...options });
  }

  /** All containers of the project, or of a service; also those that have stopped. */
  async containers(service?: string): Promise<readonly Container[]> {
    const { stdout } = await this.docker(['ps', '--all', '--quiet', '--filter', `label=com.docker.compose.project=${this.project}`]);
    const ids = stdout.split('\n').filter(Boolean);
    const all = ids.length === 0 ? [] : (JSON.parse((await this.docker(['inspect', ...ids])).stdout) as Container[]);
    return all.filter((container) => service === undefined || serviceOf(container) === service);
  }

  /**
   * Runs a JavaScript module with the network and the files of a container. The image of a service contains no packages to import, so the module
   * runs in a container of the image that prepares the system.
   */
  async evaluate({ Id }: Container, script: string, input = ''): Promise<string> {
    const place = ['--rm', '--interactive', '--network', `container:${Id}`, '--volumes-from', Id, '--workdir', '/app/tools/provision'];
    return (await this.docker(['run', ...place, PROVISION, 'node', '--input-type=module', '--eval', script], { input })).stdout;
  }

  /** Removes the project with its data. */
  async down(): Promise<void> {
    // Also after an interrupt.
    const signal = AbortSignal.timeout(120_000);
    await this.compose(['down', '--volumes', '--remove-orphans', '--timeout', '10'], { mayFail: true, signal });
  }
}
