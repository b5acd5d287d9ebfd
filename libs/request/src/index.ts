export { firstCharacters } from './characters.ts';
export * as field from './field.ts';
export { page, pageTokenAfter } from './page.ts';
export { allFields, type FieldOf, readMask } from './read-mask.ts';
export { requestHash } from './request-hash.ts';
export { valid } from './valid.ts';
