/**
 * Tells Nx what can be run in every project, so that no package repeats it: `npx nx test post`, `npx nx run-many -t lint`.
 * Whatever is a workspace package is a project; its name and tags are in its package.json.
 */
import { dirname } from 'node:path';

const targetsOf = (root) => ({
  lint: {
    command: `eslint --max-warnings 0 ${root}`,
    cache: true,
    inputs: ['{workspaceRoot}/**/*.{ts,js}', '{workspaceRoot}/**/package.json'],
  },
  test: { command: `npm test --silent -- --passWithNoTests ${root}/` },
});

/** @type {import('@nx/devkit').CreateNodesV2} */
export const createNodesV2 = [
  '{apps,libs,tools}/*/package.json',
  (files) =>
    files.map((file) => {
      const root = dirname(file);
      return [file, { projects: { [root]: { targets: targetsOf(root) } } }];
    }),
];
