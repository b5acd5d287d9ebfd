export type { ClientSession } from './client-session.ts';
export type { Person } from './person.ts';
export { PEOPLE, type Realm } from './realm.ts';
export { type IdTokenClaims, type LogOutTokenOptions, Provider, type ProviderOptions } from './provider.ts';
