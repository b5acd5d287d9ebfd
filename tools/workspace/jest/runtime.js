import Runtime from 'jest-runtime';
import { createRequire, registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

const GLOBALS = 'jest-globals:';
const require = createRequire(import.meta.url);

/**
 * Loads spec files with Node's own module loader, in the worker's own realm, as the services are loaded. Jest's loader links and evaluates
 * all modules anew for each spec file, in a sandbox: some 3 seconds for a file that imports Nest. Here, the files of a worker share modules.
 */
export default class NativeRuntime extends Runtime {
  /** Loads Jest's own part too: `expect.any(String)` must mean the `String` of the tests. Each spec file gets its own copy of its state. */
  requireInternalModule(path) {
    delete globalThis[Symbol.for('EVENT_HANDLERS')];
    delete require.cache[path];
    return require(path);
  }

  unstable_shouldLoadAsEsm() {
    return true;
  }

  async unstable_importModule(path) {
    const url = pathToFileURL(path).href;
    globalsOf.set(url, this.requireModuleOrMock(path, '@jest/globals'));
    // Jest maps stacks with the source maps of its own loader. Node knows those of ours.
    delete Error.prepareStackTrace;
    await import(url);
  }
}

const END = 2;
// Jest ends a worker by this message, and waits until nothing is open. The services that specs share run until the process ends.
process.on('message', ([type]) => type === END && process.exit());

/** `describe`, `it`, `expect` and the rest, by the URL of the spec file. */
const globalsOf = new Map();
globalThis[Symbol.for(GLOBALS)] = globalsOf;

registerHooks({
  resolve(specifier, context, nextResolve) {
    if (specifier !== '@jest/globals') return nextResolve(specifier, context);
    return { url: GLOBALS + context.parentURL, format: 'module', shortCircuit: true };
  },
  load(url, context, nextLoad) {
    if (!url.startsWith(GLOBALS)) return nextLoad(url, context);
    const spec = url.slice(GLOBALS.length);
    const names = Object.keys(globalsOf.get(spec) ?? {});
    const globals = `globalThis[Symbol.for('${GLOBALS}')].get(${JSON.stringify(spec)})`;
    return { format: 'module', source: `export const { ${names} } = ${globals};`, shortCircuit: true };
  },
});
