export * as field from './field.ts';
export { page, pageTokenAfter } from './page.ts';
export { valid } from './valid.ts';
