import type { DescMethod, DescService } from '@bufbuild/protobuf';
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const GENERATED = fileURLToPath(new URL('../../libs/contracts/src/gen/', import.meta.url));

/** All services of the contract, from the generated code: a new service needs no change here. */
export const services: readonly DescService[] = (
  await Promise.all(
    globSync('reputable/**/*_pb.ts', { cwd: GENERATED }).map((file) => import(GENERATED + file) as Promise<Record<string, unknown>>),
  )
)
  .flatMap((module) => Object.values(module))
  .filter(isService);

/** All rpcs of the contract, by their names in the tables: `post/UpvotePost`. */
export const rpcs: ReadonlyMap<string, DescMethod> = new Map(
  services.flatMap((service) => service.methods.map((method) => [`${ownerOf(service)}/${method.name}`, method])),
);

/** The service that serves a contract: `post` for `reputable.post.v1.PostService`. */
export function ownerOf(contract: DescService): string {
  return contract.typeName.split('.')[1] ?? '';
}

function isService(value: unknown): value is DescService {
  return (value as { kind?: unknown }).kind === 'service';
}
