/**
 * Who may import whom, as ESLint configuration. The directions are those of docs/architecture.md; the tags are in each
 * package.json.
 *
 * The rule of Nx skips itself where there is no project graph, as in a fresh clone. So the graph is made here, first.
 */
import { createProjectGraphAsync } from '@nx/devkit';
import nx from '@nx/eslint-plugin';

await createProjectGraphAsync();

/** Which libraries (by scope) a library may import. One that is not listed may import none. */
const libraries = {
  contracts: [],
  errors: ['contracts'],
  request: ['errors'],
  page: [],
  reputation: ['auth', 'contracts', 'database'],
  auth: ['contracts', 'errors'],
  service: ['auth', 'contracts', 'errors'],
  database: ['auth', 'errors'],
  testing: ['auth', 'cli', 'contracts', 'database', 'errors', 'service', 'dev', 'pki', 'postgres', 'run'],
};

const storage = ['typeorm', '@nestjs/typeorm', 'pg', 'pg-boss'];
const graphql = ['graphql', '@nestjs/graphql', 'mercurius', '@nestjs/mercurius'];

const scope = (name) => `scope:${name}`;
/** A tag, as a pattern, of every scope but these. */
const noneOf = (names) => `/^scope:(?!(${names.join('|')})$)/`;
/** What specs may import in addition. */
const forTests = ['testing', 'pki', 'postgres', 'run'].map(scope);
const withSubpaths = (packages) => packages.flatMap((name) => [name, `${name}/*`]);

/** The constraints of a file that may import what is tagged with the scopes in `extra`, beside what any file may. */
const constraints = (extra) => [
  // Services meet in the contract alone: nobody imports an app.
  { sourceTag: 'type:app', onlyDependOnLibsWithTags: ['type:lib', ...extra] },
  { sourceTag: 'type:lib', notDependOnLibsWithTags: ['type:app', 'type:e2e'] },
  { sourceTag: 'type:tool', onlyDependOnLibsWithTags: ['type:lib', 'type:tool'] },
  { sourceTag: 'type:e2e', onlyDependOnLibsWithTags: ['type:lib', 'type:tool'] },
  // Libraries come in layers.
  { allSourceTags: ['type:lib', noneOf(Object.keys(libraries))], onlyDependOnLibsWithTags: extra },
  ...Object.entries(libraries).map(([name, targets]) => ({
    allSourceTags: ['type:lib', scope(name)],
    onlyDependOnLibsWithTags: [...targets.map(scope), ...extra],
  })),
  // The gateway stores nothing, and it alone knows GraphQL.
  { sourceTag: 'scope:gateway', bannedExternalImports: withSubpaths(storage) },
  { allSourceTags: ['/^type:(app|lib)$/', noneOf(['gateway'])], bannedExternalImports: withSubpaths(graphql) },
];

const testingIsForTests = {
  allSourceTags: ['/^type:(app|lib|tool)$/', noneOf(['bench', 'testing'])],
  onlyDependOnLibsWithTags: [noneOf(['testing'])],
};

const rule = (depConstraints) => [
  'error',
  {
    depConstraints,
    banTransitiveDependencies: true,
    // What `testing` starts has specs that import `testing`.
    ignoredCircularDependencies: [['tag:scope:testing', '!tag:scope:testing']],
  },
];

export const boundaries = [
  {
    files: ['**/*.ts'],
    plugins: { '@nx': nx },
    rules: { '@nx/enforce-module-boundaries': rule([...constraints([]), testingIsForTests]) },
  },
  {
    files: ['**/*.spec.ts', '**/*.fixture.ts'],
    rules: { '@nx/enforce-module-boundaries': rule(constraints(forTests)) },
  },
];
