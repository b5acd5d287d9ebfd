import type { DescEnum, DescEnumValue, DescFile } from '@bufbuild/protobuf';

import { commentOf } from './image.ts';

const introduction = `# Errors

This page is generated from the contract by \`npm run proto\`; do not edit it. Each row is a value of a \`Reason\` enum in \`proto/\`.

A refused rpc has a gRPC status and a message for people. Its \`grpc-status-details-bin\` has a \`google.rpc.ErrorInfo\`: the
\`reason\` is a name below, the \`domain\` is the package, and \`metadata\` has values for programs. An invalid request also has a
\`google.rpc.BadRequest\` with the wrong fields, the first 20 of them. GraphQL has the same in \`extensions\`: \`code\`, \`reason\`, \`metadata\`, and
\`violations\` if there are any. The gateway has further reasons for requests that it refuses itself:
[request.errors.ts](../apps/gateway/src/graphql/request.errors.ts), and [for browsers](browser-sessions.md#endpoints).

GraphQL answers a request that was executed with status 200, whatever its errors. Other refusals have the status of their code, such as 400 or 401,
with two exceptions. OVERLOADED has status 503, with \`Retry-After\`. QUERY_INVALID is a faulty document or variable: a client that does not accept
\`application/graphql-response+json\` gets 200 for it, as GraphQL over HTTP prescribes.

On the way, grpc-js drops a metadata entry whose value begins or ends with a space, without an error. A service that gets such a token from
another client answers TOKEN_MISSING, not TOKEN_INVALID. The clients of \`libs/auth\` refuse such a token with TOKEN_INVALID before they send it.
`;

/** docs/errors.md: a table for each package that has reasons, with a row for each of them. */
export const errorsPage = (files: readonly DescFile[]): string => {
  const enums = files.flatMap((file) => file.enums.filter(({ name }) => name === 'Reason'));
  return [introduction, ...enums.sort((a, b) => a.typeName.localeCompare(b.typeName)).map(table)].join('\n');
};

const table = ({ file, values }: DescEnum): string =>
  [`## ${file.proto.package}`, '', '| reason | status | when |', '|---|---|---|', ...values.filter(isSent).map(line), ''].join('\n');

/** The value zero means that there is no reason. */
const isSent = ({ number }: DescEnumValue): boolean => number !== 0;

/** The last sentence of a reason's comment is its status. */
const line = (value: DescEnumValue): string => {
  const [, when = '', status = ''] = /^(.*?)\s*\b([A-Z_]+)\.$/.exec(commentOf(value)) ?? [undefined, commentOf(value)];
  return `| ${[value.localName, status, when].map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
};
