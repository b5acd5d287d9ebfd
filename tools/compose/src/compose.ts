import { join } from 'node:path';
import { type CommandOptions, type Outcome, run } from './command.ts';
import { ComposeError } from './error.ts';
import { isNewEnough } from './version.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** What we read of a container. */
export interface Container {
  readonly Id: string;
  readonly Name: string;
  readonly State: {
    readonly Running: boolean;
    readonly StartedAt: string;
    readonly ExitCode: number;
    readonly Health?: { readonly Status: string };
  };
  readonly Config: { readonly User: string; readonly Env: readonly string[]; readonly Labels: Readonly<Record<string, string>> };
  readonly HostConfig: { readonly ReadonlyRootfs: boolean; readonly Privileged: boolean };
  readonly NetworkSettings: { readonly Ports: Readonly<Record<string, readonly { readonly HostPort: string }[] | null>> };
}

/** The name that compose knows a container's service by. */
export const serviceOf = ({ Config }: Container): string => Config.Labels['com.docker.compose.service'] ?? '';

/** A project of docker-compose: docker-compose.yml, under a name of its own. */
export class Compose {
  private constructor(
    /** docker-compose 1.29, or compose 2 as part of docker. */
    readonly command: readonly [string, ...string[]],
    readonly version: string,
    readonly project: string,
    readonly env: NodeJS.ProcessEnv,
  ) {}

  /**
   * Finds docker and docker-compose.
   *
   * @param settings what docker-compose.yml takes from the environment
   * @throws {ComposeError} if one is missing, too old, or does not run
   */
  static async find(project: string, settings: Readonly<Record<string, string>>): Promise<Compose> {
    const env = { ...process.env, ...settings, COMPOSE_PROJECT_NAME: project };
    await run('docker', ['version', '--format', '{{.Server.Version}}'], { env });
    const found: string[] = [];
    for (const command of [['docker', 'compose'], ['docker-compose']] as const) {
      const [program, ...args] = command;
      const answer = await run(program, [...args, 'version', '--short'], { env, mayFail: true }).catch(() => undefined);
      const version = answer?.code === 0 ? answer.stdout.trim() : undefined;
      if (version === undefined) continue;
      if (isNewEnough(version)) return new Compose(command, version, project, env);
      found.push(version);
    }
    const missing = found.length === 0 ? 'There is no docker-compose' : `docker-compose is ${found.join(', ')}`;
    throw new ComposeError(`${missing}: 1.29 or later is needed, or compose 2 as part of Docker.`);
  }

  /** Runs a command of docker-compose. */
  compose(args: readonly string[], options: CommandOptions = {}): Promise<Outcome> {
    const [program, ...first] = this.command;
    return run(program, [...first, '-f', join(ROOT, 'docker-compose.yml'), '--project-directory', ROOT, ...args], {
      env: this.env,
      ...options,
    });
  }

  /** Runs a command of docker. */
  docker(args: readonly string[], options: CommandOptions = {}): Promise<Outcome> {
    return run('docker', args, { env: this.env, ...options });
  }

  /** Every container of the project, those that have ended among them. */
  async containers(service?: string): Promise<readonly Container[]> {
    const filters = [
      `com.docker.compose.project=${this.project}`,
      ...(service === undefined ? [] : [`com.docker.compose.service=${service}`]),
    ];
    const { stdout } = await this.docker(['ps', '--all', '--quiet', ...filters.flatMap((label) => ['--filter', `label=${label}`])]);
    const ids = stdout.split('\n').filter((id) => id !== '');
    if (ids.length === 0) return [];
    return JSON.parse((await this.docker(['inspect', ...ids])).stdout) as Container[];
  }

  /** Runs a module of JavaScript in a container, with what its image has installed. */
  async evaluate(container: Container, script: string, input = ''): Promise<string> {
    const args = ['exec', '--interactive', container.Id, 'node', '--input-type=module', '--eval', script];
    return (await this.docker(args, { input })).stdout;
  }

  /** Takes everything down, data and all. */
  async down(): Promise<void> {
    await this.compose(['down', '--volumes', '--remove-orphans', '--timeout', '10'], { mayFail: true });
  }
}
