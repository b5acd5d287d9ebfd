import { join } from 'node:path';
import ts from 'typescript';
import { executor, type Problems, type Project } from './batch.ts';

/** Type-checks projects with one program for all that have the same compiler options. */
function typecheck(projects: readonly Project[], root: string): Promise<Problems> {
  const configs = projects.map((project) => ({ project, ...configOf(join(root, project.folder, 'tsconfig.json')) }));
  const groups = Map.groupBy(configs, ({ options }) => JSON.stringify({ ...options, configFilePath: undefined }));
  const problems = [...groups.values()].flatMap((group) => {
    const program = ts.createProgram({ rootNames: group.flatMap(({ fileNames }) => fileNames), options: group[0]?.options ?? {} });
    const ofAll = [...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics()];
    return group.map(({ project, fileNames, errors }) => {
      const ofFiles = fileNames.flatMap((file) => diagnosticsIn(program, file));
      return [project.name, format([...errors, ...ofAll, ...ofFiles], root)] as const;
    });
  });
  return Promise.resolve(new Map(problems));
}

function configOf(path: string): ts.ParsedCommandLine {
  const host = {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: ({ messageText }: ts.Diagnostic) => {
      throw new Error(ts.flattenDiagnosticMessageText(messageText, '\n'));
    },
  };
  const config = ts.getParsedCommandLineOfConfigFile(path, {}, host);
  if (!config) throw new Error(`${path} cannot be read.`);
  return config;
}

function diagnosticsIn(program: ts.Program, path: string): readonly ts.Diagnostic[] {
  const file = program.getSourceFile(path);
  return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
}

const format = (diagnostics: readonly ts.Diagnostic[], root: string) =>
  ts.formatDiagnostics(diagnostics, { getCurrentDirectory: () => root, getCanonicalFileName: (file) => file, getNewLine: () => '\n' });

export const { single, batch } = executor(typecheck);
