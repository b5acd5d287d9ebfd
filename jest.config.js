import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = import.meta.dirname;
const workspace = join(root, 'tools/workspace/jest');

const project = (manifest) => {
  const { nx, dependencies, devDependencies } = JSON.parse(readFileSync(join(root, manifest), 'utf8'));
  const rootDir = join(root, dirname(manifest));
  const own = join(rootDir, 'global-setup.js');
  const needsDatabase = nx.name === 'testing' || '@reputable/testing' in { ...dependencies, ...devDependencies };
  return {
    displayName: nx.name,
    rootDir,
    testMatch: ['<rootDir>/**/*.spec.ts'],
    injectGlobals: false,
    runtime: join(workspace, 'runtime.js'),
    transform: {},
    // Projects without `testing`, such as rules and parsers, do not wait for PostgreSQL.
    ...(needsDatabase && {
      globalSetup: existsSync(own) ? own : join(workspace, 'start-postgres.js'),
      globalTeardown: join(workspace, 'stop-postgres.js'),
    }),
  };
};

export default {
  projects: globSync(['{apps,libs,tools}/*/package.json', '{bench,e2e}/package.json'], { cwd: root }).sort().map(project),
  maxWorkers: 3,
  testSequencer: join(workspace, 'sequencer.js'),
  // A worker ends at once, but on a busy machine that takes longer than Jest's half second.
  workerGracefulExitTimeout: 10_000,
  reporters: [join(workspace, 'reporter.js')],
  // Several times as long as the slowest test takes.
  testTimeout: 300_000,
};
