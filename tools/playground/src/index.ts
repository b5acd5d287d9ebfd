export type { PlaygroundOptions } from './options.ts';
export { Playground } from './playground.ts';
export type { Account, DemoData } from './story/accounts.ts';
