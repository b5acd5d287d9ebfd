/**
 * The ESLint rule for the directions of imports in docs/architecture.md. The tags are in each package.json.
 *
 * Without a project graph, as in a fresh clone, the rule of Nx checks nothing. This file makes the graph first.
 */
import { createProjectGraphAsync } from '@nx/devkit';
import nx from '@nx/eslint-plugin';

await createProjectGraphAsync();

/** The libraries, by scope, that a library may import. An unlisted library may import none. */
const libraries = {
  contracts: [],
  errors: ['contracts'],
  request: ['errors'],
  page: [],
  reputation: ['auth', 'contracts', 'database'],
  tracing: [],
  telemetry: ['tracing'],
  auth: ['contracts', 'errors', 'tracing'],
  service: ['auth', 'contracts', 'errors', 'telemetry', 'tracing'],
  database: ['auth', 'errors', 'service', 'tracing'],
  testing: ['auth', 'cli', 'contracts', 'database', 'errors', 'service', 'dev', 'mailbox', 'pki', 'postgres', 'run'],
};

const storage = ['typeorm', '@nestjs/typeorm', 'pg', 'pg-boss'];
const graphql = ['graphql', '@nestjs/graphql', 'mercurius', '@nestjs/mercurius'];

const scope = (name) => `scope:${name}`;
/** A pattern for the tags of all scopes except these. */
const noneOf = (names) => `/^scope:(?!(${names.join('|')})$)/`;
/** The further scopes that specs may import. */
const forTests = ['testing', 'collector', 'mailbox', 'on-demand', 'pki', 'postgres', 'provider', 'run'].map(scope);
const withSubpaths = (packages) => packages.flatMap((name) => [name, `${name}/*`]);

/** The constraints of a file that may also import the scopes in `extra`. The scopes in `graphqlScopes` may import GraphQL. */
const constraints = (extra, graphqlScopes = ['gateway']) => [
  // Services share only the contract, so no project imports an app.
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
  // The gateway stores nothing. Only the gateway uses GraphQL, and specs of `auth` that secure a GraphQL app.
  { sourceTag: 'scope:gateway', bannedExternalImports: withSubpaths(storage) },
  { allSourceTags: ['/^type:(app|lib)$/', noneOf(graphqlScopes)], bannedExternalImports: withSubpaths(graphql) },
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
    // The libraries that `testing` imports have specs that import `testing`.
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
    rules: { '@nx/enforce-module-boundaries': rule(constraints(forTests, ['gateway', 'auth'])) },
  },
];
