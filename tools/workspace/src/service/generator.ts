import type { GeneratorCallback, Tree } from '@nx/devkit';
import { addService, type NewService } from './add.ts';
import { removeService } from './remove.ts';

/** The options of `npx nx g @reputable/workspace:service`, as schema.json describes them. */
interface Options extends NewService {
  readonly remove?: boolean;
}

/** Adds a service to the workspace, or removes one. Afterwards Nx writes the tree, unless it is a dry run. */
export default function service(tree: Tree, options: Options): Promise<GeneratorCallback> {
  return options.remove === true ? removeService(tree, options.name) : addService(tree, options);
}
