/** Runs a compiled program, after a build if its sources have changed: `node --import @reputable/run/compiled dist/tools/dev/src/main.js`. */
import './node-version.js';
import module from 'node:module';

// After the check, so that an old Node prints its line.
const { compileCache, ensureBuilt, root } = await import('./build.js');
const { refuseStaleContract } = await import('./contract.js');
await import('./source-maps.js');

refuseStaleContract(root);
try {
  ensureBuilt();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
module.enableCompileCache(compileCache);
