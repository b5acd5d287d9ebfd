export { openAuthority } from './authority.ts';
export type { Authority, AuthorityOptions } from './authority.ts';
export type { Leaf, LeafOverrides } from './leaf.ts';
