export { build, type BuildOptions } from './build.ts';
export { BuildError } from './error.ts';
