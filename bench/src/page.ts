import { withRegion } from '@reputable/docs/region';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** Replaces the generated regions of a page. @param page relative to the workspace */
export async function fillRegions(page: string, regions: Readonly<Record<string, string>>): Promise<void> {
  let text = await readFile(join(ROOT, page), 'utf8');
  for (const [name, content] of Object.entries(regions)) text = withRegion(page, text, name, ['', content.trim(), '']);
  await writeFile(join(ROOT, page), text);
}

/** Writes a chart as SVG. @param file relative to the workspace */
export const writeChart = (file: string, svg: string): Promise<void> => writeFile(join(ROOT, file), svg);
