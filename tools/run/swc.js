/**
 * The compiler options for TypeScript, at run time and in tests: swc removes types and emits decorators with the metadata that Nest and
 * TypeORM expect.
 *
 * @type {import('@swc/core').Options}
 */
export const swcOptions = {
  swcrc: false,
  configFile: false,
  sourceMaps: 'inline',
  module: { type: 'es6' },
  jsc: {
    target: 'es2023',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
  },
};
