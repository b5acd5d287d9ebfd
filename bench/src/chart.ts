import { onDemand } from '@reputable/on-demand';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What we use of Observable Plot, which is installed when the first chart is drawn, without its types. */
export type Plot = Readonly<Record<'barX' | 'text' | 'areaY' | 'rectX', (data: readonly object[], options: object) => unknown>> & {
  readonly plot: (options: object) => { readonly outerHTML: string };
};

/** What a chart shows. */
export interface Drawing {
  readonly title: string;
  /** For screen readers. */
  readonly description: string;
  readonly height: number;
  /** The options of Plot, with the marks. */
  readonly options: (plot: Plot) => object;
}

const WIDTH = 720;
/** The height of the title. */
const TITLE = 40;
const TEXT = '#1f2328';

/** The colours of series, legible on white. */
export const COLOURS = ['#0969da', '#8c959f', '#bf8700', '#8250df', '#1a7f37'];

/** Draws a chart as SVG on white, which any page can show, with its title above and a description for screen readers. */
export async function draw({ title, description, height, options }: Drawing): Promise<string> {
  const plot = await load<Plot>('@observablehq/plot');
  const { parseHTML } = await load<{ parseHTML: (html: string) => { document: unknown } }>('linkedom');
  const { document } = parseHTML('<!doctype html><body></body>');
  const style = { color: TEXT, fontSize: '13px' };
  const chart = plot.plot({ document, width: WIDTH, height, style, ...options(plot) }).outerHTML;
  const whole = TITLE + height;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${whole}" width="${WIDTH}" role="img" aria-labelledby="title description">
  <title id="title">${title}</title>
  <desc id="description">${description}</desc>
  <rect width="${WIDTH}" height="${whole}" fill="#ffffff"/>
  <text x="16" y="26" font-family="system-ui, sans-serif" font-size="14" font-weight="600" fill="${TEXT}">${title}</text>
  <svg y="${TITLE - 18}"${chart.slice('<svg'.length)}
</svg>
`;
}

async function load<T>(name: string): Promise<T> {
  const file = createRequire(join(onDemand('charts'), 'package.json')).resolve(name);
  return (await import(pathToFileURL(file).href)) as T;
}
