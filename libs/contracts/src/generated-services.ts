import type { DescService } from '@bufbuild/protobuf';
import { globSync } from 'node:fs';
import { join } from 'node:path';

const GENERATED = join(import.meta.dirname, 'gen/reputable');

/**
 * The services of the contract, from the generated code, for tools and tests: a new service needs no change here.
 *
 * @param app the name of the app that serves them; all apps unless given
 */
export async function generatedServices(app = '*'): Promise<readonly DescService[]> {
  const files = globSync(`${app}/**/*_pb.{ts,js}`, { cwd: GENERATED }).sort();
  const modules = await Promise.all(files.map((file) => import(join(GENERATED, file)) as Promise<Record<string, unknown>>));
  return modules.flatMap((module) => Object.values(module)).filter(isService);
}

const isService = (value: unknown): value is DescService => (value as { kind?: unknown }).kind === 'service';
