/**
 * Runs TypeScript from source: `node --import @reputable/run apps/post/src/main.ts`. Node strips types but does not compile decorators.
 * This loader does both, in the same thread.
 */
import './node-version.js';
import { readFileSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

// After the check, so that an old Node prints the line above.
const { transformSync } = await import('@swc/core');
const { swcOptions } = await import('./swc.js');
const { compileCache } = await import('./build.js');
await import('./source-maps.js');
const isOurs = (url) => url.startsWith('file:') && url.endsWith('.ts') && !url.includes('/node_modules/');

// Node caches compiled modules, so that the next process starts sooner. It skips a folder without write access.
module.enableCompileCache(compileCache);
module.registerHooks({
  load(url, context, nextLoad) {
    if (!isOurs(url)) return nextLoad(url, context);
    const filename = fileURLToPath(url);
    const { code } = transformSync(readFileSync(filename, 'utf8'), { ...swcOptions, filename });
    return { format: 'module', source: code, shortCircuit: true };
  },
});
