import type { Options } from '@swc/core';

/** The compiler options for TypeScript. */
export declare const swcOptions: Options;
