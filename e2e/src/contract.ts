import type { DescMethod, DescService } from '@bufbuild/protobuf';
import { generatedServices } from '@reputable/contracts/generated-services';

/** All services of the contract. */
export const services: readonly DescService[] = await generatedServices();

/** All rpcs of the contract, by their names in the tables: `post/UpvotePost`. */
export const rpcs: ReadonlyMap<string, DescMethod> = new Map(
  services.flatMap((service) => service.methods.map((method) => [`${ownerOf(service)}/${method.name}`, method])),
);

/** The service that serves a contract: `post` for `reputable.post.v1.PostService`. */
export function ownerOf(contract: DescService): string {
  return contract.typeName.split('.')[1] ?? '';
}
