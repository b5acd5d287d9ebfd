/**
 * Runs TypeScript from source: `node --import @reputable/run apps/post/src/main.ts`. Node strips types by itself, but not
 * decorators; this does both, in the same thread.
 */
import { readFileSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

if (!module.registerHooks) {
  console.error(`Reputable needs Node 22.15 or later; this is ${process.version}. Use npm: it brings Node 24 with it.`);
  process.exit(1);
}

// Not before the check: an old Node gets the line above, whatever these need.
const { transformSync } = await import('@swc/core');
const { swcOptions } = await import('./swc.js');
const isOurs = (url) => url.startsWith('file:') && url.endsWith('.ts') && !url.includes('/node_modules/');

// What V8 makes of a module is kept for the next process, which so starts sooner. Where nothing can be written, it is not.
module.enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/compile', import.meta.url)));
process.setSourceMapsEnabled(true);
module.registerHooks({
  load(url, context, nextLoad) {
    if (!isOurs(url)) return nextLoad(url, context);
    const filename = fileURLToPath(url);
    const { code } = transformSync(readFileSync(filename, 'utf8'), { ...swcOptions, filename });
    return { format: 'module', source: code, shortCircuit: true };
  },
});
