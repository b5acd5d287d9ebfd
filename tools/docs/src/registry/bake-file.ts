import { registry } from '@reputable/contracts/registry';
import { withRegion } from './region.ts';

export const BAKE_FILE = 'docker-bake.hcl';

/** docker-bake.hcl with an image for each service of the registry. */
export const bakeFile = (text: string): string =>
  withRegion(
    BAKE_FILE,
    text,
    'services',
    registry.map(({ name }) => `      "${name}",`),
  );
