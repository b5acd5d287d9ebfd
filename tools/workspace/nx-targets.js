/**
 * Infers the targets of every project, so that no package repeats them. Each package of the workspace is a project; its package.json has
 * its name and tags. docs/adr/0020-nx-runs-and-caches.md says why the targets are our own.
 */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** @type {import('@nx/devkit').CreateNodesV2} */
export const createNodesV2 = [
  '{package.json,{apps,libs,tools}/*/package.json,{bench,e2e}/package.json}',
  (files, _options, { workspaceRoot }) => {
    const packages = files.map((file) => ({ file, root: dirname(file), manifest: readManifest(join(workspaceRoot, file)) }));
    const projectOf = new Map(packages.map(({ manifest }) => [manifest.name, manifest.nx?.name]));
    return packages.map(({ file, root, manifest }) => {
      if (root === '.') return [file, { projects: { [root]: { name: 'root', targets: rootTargets } } }];
      const needs = Object.keys(manifest.dependencies ?? {}).flatMap((name) => projectOf.get(name) ?? []);
      return [file, { projects: { [root]: { targets: targetsOf(root, needs, filesIn(join(workspaceRoot, root))) } } }];
    });
  },
];

/** @param {string[]} needs the projects that this one imports at run time */
function targetsOf(root, needs, { hasSource, hasSpecs }) {
  return {
    typecheck: { executor: '@reputable/workspace:typecheck', cache: true, inputs: ['default', '^default'] },
    lint: { executor: '@reputable/workspace:lint', cache: true, inputs: ['default', '^default', 'linting'] },
    ...(hasSpecs && { [root === 'e2e' ? 'e2e' : 'test']: test }),
    ...(hasSource && !['bench', 'e2e'].includes(root) && { build: build(root, needs) }),
    ...(root.startsWith('libs/') && { package: packageTarget(root) }),
    ...(root.startsWith('apps/') && { serve: serve(root) }),
  };
}

/** The files at the root and in the folders that are no projects. */
const rootTargets = {
  lint: {
    command: "eslint --max-warnings 0 *.js && prettier --check --log-level warn . '!{apps,libs,tools,bench,e2e}/**'",
    cache: true,
    inputs: ['default', 'linting'],
  },
};

const test = {
  executor: '@reputable/workspace:test',
  cache: true,
  inputs: ['default', '^default', 'outside', 'testing', { env: 'DATABASE_URL' }, { env: 'CHROMIUM_PATH' }],
  outputs: ['{workspaceRoot}/dist/tests/{projectName}.json'],
};

/** Specs import projects that import them, so `^build` would be a circle. Packages at run time form none. */
const build = (root, needs) => ({
  command: `node --import @reputable/run tools/build/src/main.ts ${root}`,
  cache: true,
  // An app is bundled from the sources of the libraries.
  ...(root.startsWith('apps/')
    ? { inputs: ['production', '^production', 'building'] }
    : { dependsOn: inOrder('build', needs), inputs: ['production', 'building'] }),
  outputs: ['{workspaceRoot}/dist/{projectRoot}'],
});

/** The library for projects outside of this workspace: with types, not private, and with the libraries that it imports. */
const packageTarget = (root) => ({
  command: `node --import @reputable/run tools/build/src/main.ts ${root} --package`,
  cache: true,
  inputs: ['production', '^production', 'building', '{workspaceRoot}/proto/**/*'],
  outputs: ['{workspaceRoot}/dist/packages/{projectRoot}'],
});

/** Nx refuses an empty list of projects. */
const inOrder = (target, projects) => (projects.length > 0 ? [{ target, projects }] : []);

/** Nx reads `.env` in the root and in the app's folder. Without a setting that it needs, the service names it and ends. */
const serve = (root) => ({ command: `node --import @reputable/run ${root}/src/main.ts`, continuous: true });

const filesIn = (folder) => ({
  hasSource: globSync('src/**/*.ts', { cwd: folder }).length > 0,
  hasSpecs: globSync('src/**/*.spec.ts', { cwd: folder }).length > 0,
});

const readManifest = (path) => JSON.parse(readFileSync(path, 'utf8'));
