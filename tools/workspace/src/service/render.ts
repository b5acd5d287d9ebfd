import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { readManifest, root } from '../manifest.ts';
import type { Names } from './names.ts';

const TEMPLATES = join(import.meta.dirname, 'templates');
const SUFFIX = '.template';

/** A service to add or to remove. */
export interface Service extends Names {
  readonly port: number;
}

/** The files of a new service by their paths, formatted. */
export async function filesOf(service: Service): Promise<ReadonlyMap<string, string>> {
  const templates = globSync(`**/*${SUFFIX}`, { cwd: TEMPLATES }).sort();
  const files = templates.map(async (template) => {
    const path = fill(template.slice(0, -SUFFIX.length), service);
    const text = fill(readFileSync(join(TEMPLATES, template), 'utf8'), service);
    return [path, await formatted(path, finish(path, text))] as const;
  });
  return new Map(await Promise.all(files));
}

/** The text as Prettier formats it; unchanged in a language that Prettier does not know. */
export async function formatted(path: string, text: string): Promise<string> {
  if (!/\.(ts|json|md|graphql|ya?ml)$/.test(path)) return text;
  return format(text, { ...(await resolveConfig(join(root, '.prettierrc'))), ...(await resolveConfig(join(root, path))), filepath: path });
}

const fill = (text: string, service: Service) =>
  text.replace(/__(name|Name|names|Names|NAME|port)__/g, (_, key: keyof Service) => String(service[key]));

function finish(path: string, text: string): string {
  if (path.endsWith('package.json')) return withVersions(text);
  return path.endsWith('.access.ts') ? withColumns(text) : text;
}

/** Gives each package the version that the post service has. */
function withVersions(text: string): string {
  const { dependencies, devDependencies } = readManifest('apps/post');
  const versions: Readonly<Record<string, string>> = { ...dependencies, ...devDependencies };
  return text.replace(/"([^"]+)": "\*"/g, (_, name: string) => `"${name}": "${versions[name] ?? ''}"`);
}

/** Pads the columns of the table in a text. */
function withColumns(text: string): string {
  const lines = text.split('\n').map((line) => (line.includes(' | ') ? line.split(' | ') : line));
  const rows = lines.filter((line) => typeof line !== 'string');
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const aligned = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ');
  return lines.map((line) => (typeof line === 'string' ? line : aligned(line).trimEnd())).join('\n');
}
