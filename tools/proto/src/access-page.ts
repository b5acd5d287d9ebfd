import type { Access, SignedIn } from '@reputable/contracts/access/v1/access';

import type { Rpc } from './rpc.ts';

const introduction = `# Access rules

This page is generated from the contract by \`npm run proto\`; do not edit it. Each row is the \`access\` option of an rpc in \`proto/\`.

- **who**: the user that the call needs. \`anyone\` needs no user; \`a service\` calls for itself, without a user.
  \`fresh claims\` refuses tokens with roles and reputation from before an outage of the user service (CLAIMS_TOO_OLD).
  \`binds\` names the rows of the call, to which a [Transaction Token](transaction-tokens.md#rows) is bound.
- **callers**: the services that may send the call, by the names in their certificates.
- **row**: the further condition that the service checks on the row that the call is about.
`;

const builtIn = `## gRPC's own rpcs

No contract of ours declares these. [built-in-rules.ts](../libs/auth/src/access/built-in-rules.ts) has their rule.

| rpc | who | callers | row |
|---|---|---|---|
| grpc.health.v1.Health: Check, List, Watch | a service | every service |  |
| grpc.reflection.v1.ServerReflection, and v1alpha: ServerReflectionInfo; in development only | a service | every service |  |
`;

/** docs/access.md: a table for each service, with a row for each rpc. */
export const accessPage = (rpcs: readonly Rpc[]): string =>
  [introduction, ...[...Map.groupBy(rpcs, ({ service }) => service)].map(([service, own]) => table(service, own)), builtIn].join('\n');

const table = (service: string, rpcs: readonly Rpc[]): string =>
  [`## ${service}`, '', '| rpc | who | callers | row |', '|---|---|---|---|', ...rpcs.map(line), ''].join('\n');

const line = ({ name, rule, row }: Rpc): string =>
  `| ${[name, [who(rule), ...rule.binds.map((one) => `binds ${one.name}`)].join(', '), rule.callers.join(', '), row].map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

const who = ({ who: { case: kind, value } }: Access): string => {
  if (kind === 'anyone') return 'anyone';
  if (kind === 'signedIn') return ['signed in', ...needs(value)].join(', ');
  return 'a service';
};

const needs = ({ anyRole, minReputation, scopes, attributes, freshClaims }: SignedIn): string[] => [
  ...(anyRole.length > 0 ? [anyRole.join(' or ')] : []),
  ...(minReputation > 0 ? [`${minReputation} reputation`] : []),
  ...(scopes.length > 0 ? [`scope ${scopes.join(' and ')}`] : []),
  ...attributes.map(({ name, min, anyOf }) => (min === undefined ? `${name} ${anyOf.join(' or ')}` : `${String(min)} ${name}`)),
  ...(freshClaims ? ['fresh claims'] : []),
];
