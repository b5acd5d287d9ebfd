import { type DescFile, getOption } from '@bufbuild/protobuf';
import { access } from '@reputable/contracts/access/v1/access';
import { globSync } from 'node:fs';
import { join } from 'node:path';

/** The services that may call a service, by its name. */
export type Callers = ReadonlyMap<string, readonly string[]>;

/** The callers of each service: those that any rpc of its contract accepts, from the generated code. */
export async function readCallers(root: string): Promise<Callers> {
  const paths = globSync('libs/contracts/src/gen/reputable/*/v1/*_pb.ts', { cwd: root });
  const modules = await Promise.all(paths.map((path) => import(join(root, path)) as Promise<Record<string, unknown>>));
  const methods = modules.flatMap((module) => Object.values(module).filter(isFile)).flatMap(methodsOf);
  const groups = [...Map.groupBy(methods, ({ service }) => service)];
  return new Map(groups.map(([service, own]) => [service, [...new Set(own.flatMap(({ callers }) => callers))]]));
}

const isFile = (value: unknown): value is DescFile =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'file';

const methodsOf = ({ proto, services }: DescFile) =>
  services
    .flatMap(({ methods }) => methods)
    .map((method) => ({ service: proto.package.split('.')[1] ?? '', callers: getOption(method, access).callers }));
