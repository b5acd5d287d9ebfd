export { type Authority, openAuthority } from './authority.ts';
export type { Leaf, LeafOverrides } from './leaf.ts';
