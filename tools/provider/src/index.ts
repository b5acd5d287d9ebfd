export type { Person } from './person.ts';
export { type IdTokenClaims, Provider, type ProviderOptions } from './provider.ts';
