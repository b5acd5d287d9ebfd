import type { DescEnum, DescEnumValue, DescFile } from '@bufbuild/protobuf';

import { commentOf } from './image.ts';

const introduction = `# Why a call fails

Generated from the contract by \`npm run proto\`; do not edit. Each row is a value of a \`Reason\` enum in \`proto/\`.

A refused rpc has a gRPC status, a message for people, and in \`grpc-status-details-bin\` a \`google.rpc.ErrorInfo\`: its \`reason\`
is the name below, its \`domain\` the package, its \`metadata\` what a program needs. A wrong request has a
\`google.rpc.BadRequest\` beside it, with every field that is wrong. In GraphQL the same stands in \`extensions\`: \`code\`,
\`reason\`, \`metadata\`, and \`violations\` where there are any. The gateway adds reasons of its own, for requests that
never reach a service: [request.errors.ts](../apps/gateway/src/graphql/request.errors.ts); and
[for browsers](browser-sessions.md#the-addresses).
`;

/** docs/errors.md: a table for each package that has reasons, with a row for each of them. */
export const errorsPage = (files: readonly DescFile[]): string => {
  const enums = files.flatMap((file) => file.enums.filter(({ name }) => name === 'Reason'));
  return [introduction, ...enums.sort((a, b) => a.typeName.localeCompare(b.typeName)).map(table)].join('\n');
};

const table = ({ file, values }: DescEnum): string =>
  [`## ${file.proto.package}`, '', '| reason | status | when |', '|---|---|---|', ...values.filter(isSent).map(line), ''].join('\n');

/** Zero stands for nothing: a reason that is absent. */
const isSent = ({ number }: DescEnumValue): boolean => number !== 0;

/** The last sentence of a reason's comment is its status. */
const line = (value: DescEnumValue): string => {
  const [, when = '', status = ''] = /^(.*?)\s*\b([A-Z_]+)\.$/.exec(commentOf(value)) ?? [undefined, commentOf(value)];
  return `| ${[value.localName, status, when].map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
};
