import { registry } from '@reputable/contracts/registry';
import { format } from 'prettier';

const HEADER = ['service', 'HTTP', 'gRPC', 'calls', 'informs', 'database'];

/** The table of all services, in Markdown, as Prettier aligns it. */
export async function serviceTable(): Promise<readonly string[]> {
  const rows = registry.map(({ name, http = 'none', grpc = 'none', calls, informs, database }) => [
    name,
    http,
    grpc,
    calls.join(', ') || 'none',
    informs.join(', ') || 'none',
    database ? 'own' : 'none',
  ]);
  const lines = [HEADER, HEADER.map(() => '-'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  const table = await format(lines.join('\n'), { parser: 'markdown' });
  return ['', ...table.trimEnd().split('\n'), ''];
}
