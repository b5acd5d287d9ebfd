export { type Answer, GraphQLClient, Refused } from './graphql.ts';
export { formatLine, type Log } from './log.ts';
export { distinguish, type Past, statementsOf } from './past.ts';
export { Person, upvotesOf } from './person.ts';
export { PORT_SETTINGS, type Ports } from './ports.ts';
export { openSecrets } from './secret.ts';
export { type DemoData, seed } from './seed.ts';
export { startSystem, type System, type SystemOptions } from './system.ts';
