import type { ExecutorContext, TaskGraph } from '@nx/devkit';

export interface Project {
  readonly name: string;
  /** Relative to the root of the workspace: `libs/auth`. */
  readonly folder: string;
}

/** The problems of each project, by its name; empty if it has none. */
export type Problems = ReadonlyMap<string, string>;

type Tool = (projects: readonly Project[], root: string) => Promise<Problems>;

/**
 * An Nx executor that runs a tool once for all projects without a cached result. One process per project would load the tool, and
 * the types of all packages, each time. Nx still caches a result per project.
 */
export function executor(tool: Tool) {
  const single = async (_options: object, context: ExecutorContext) => {
    const name = context.projectName ?? '';
    const problems = (await tool([projectAt(name, context)], context.root)).get(name) ?? '';
    process.stdout.write(problems);
    return { success: problems === '' };
  };
  async function* batch({ tasks }: TaskGraph, _inputs: unknown, _overrides: unknown, context: ExecutorContext) {
    const projects = Object.values(tasks).map(({ target }) => projectAt(target.project, context));
    const problems = await tool(projects, context.root);
    for (const { id, target } of Object.values(tasks)) {
      const terminalOutput = problems.get(target.project) ?? '';
      yield { task: id, result: { success: terminalOutput === '', terminalOutput } };
    }
  }
  return { single, batch };
}

const projectAt = (name: string, { projectsConfigurations }: ExecutorContext): Project => ({
  name,
  folder: projectsConfigurations.projects[name]?.root ?? '',
});

/** Whether a file, relative to the root of the workspace, belongs to a project. */
export const isIn = ({ folder }: Project, file: string): boolean => file.startsWith(`${folder}/`);
