import type { Options } from '@swc/core';

/** How TypeScript becomes JavaScript here. */
export declare const swcOptions: Options;
