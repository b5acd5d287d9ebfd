import { registry } from '@reputable/contracts/registry';

const HEADER = ['service', 'HTTP', 'gRPC', 'calls', 'informs', 'database'];

/** The table of all services, in Markdown, with columns as wide as their widest cell. */
export function serviceTable(): readonly string[] {
  const rows = registry.map(({ name, http, grpc, calls, informs, database }) => [
    name,
    String(http ?? 'none'),
    String(grpc ?? 'none'),
    calls.join(', ') || 'none',
    informs.join(', ') || 'none',
    database ? 'own' : 'none',
  ]);
  const widths = HEADER.map((_, column) => Math.max(...[HEADER, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[], fill = ' ') =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0, fill)).join(' | ')} |`;
  return [
    '',
    line(HEADER),
    line(
      HEADER.map(() => ''),
      '-',
    ),
    ...rows.map((row) => line(row)),
    '',
  ];
}
