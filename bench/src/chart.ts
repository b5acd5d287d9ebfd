import { onDemand } from '@reputable/on-demand';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A bar of a chart. */
export interface Bar {
  readonly group: string;
  readonly series: string;
  readonly value: number;
}

/** What a chart shows. */
export interface Chart {
  readonly title: string;
  /** The groups are in the order of their first bars, and so are the series of each group. */
  readonly bars: readonly Bar[];
  readonly format: (value: number) => string;
}

/** What we use of Observable Plot, which is installed when the first chart is drawn, without its types. */
interface Plot {
  readonly plot: (options: object) => { readonly outerHTML: string };
  readonly barX: (data: readonly Bar[], options: object) => unknown;
  readonly text: (data: readonly Bar[], options: object) => unknown;
}

const WIDTH = 720;
const BAR = 18;
/** The space between two groups, in bars. */
const GAP = 0.6;
/** The height of the title. */
const TITLE = 40;
/** The colours of the series, legible on white. */
const COLOURS = ['#0969da', '#8c959f', '#bf8700', '#8250df'];
const TEXT = '#1f2328';

/** Draws a horizontal bar chart, grouped, as SVG with a title and a description for screen readers. */
export async function barChart({ title, bars, format }: Chart): Promise<string> {
  const { plot, barX, text } = await load<Plot>('@observablehq/plot');
  const { parseHTML } = await load<{ parseHTML: (html: string) => { document: unknown } }>('linkedom');
  const { document } = parseHTML('<!doctype html><body></body>');
  const [groups, series] = [unique(bars, 'group'), unique(bars, 'series')];
  const height = groups.length * (series.length + GAP) * BAR + 2 * BAR;
  const place = { x: 'value', y: 'series', fy: 'group' };
  const label = ({ series: name, value }: Bar) => `${format(value)} ${name}`;
  const chart = plot({
    document,
    ...{ width: WIDTH, height, marginTop: BAR, marginRight: 150, marginBottom: BAR, marginLeft: 16 },
    x: { axis: null },
    y: { axis: null, domain: series },
    fy: { label: null, domain: groups, padding: GAP / (series.length + GAP) },
    color: { domain: series, range: COLOURS },
    style: { color: TEXT, fontSize: '13px' },
    facet: { marginLeft: 100 },
    marks: [barX(bars, { ...place, fill: 'series' }), text(bars, { ...place, text: label, dx: 5, textAnchor: 'start' })],
  });
  const description = bars.map((bar) => `${bar.group}: ${label(bar)}.`).join(' ');
  return framed({ title, description, chart: chart.outerHTML, height: TITLE + height });
}

/** A chart with its title above, on white, which any page can show. */
const framed = ({ title, description, chart, height }: { title: string; description: string; chart: string; height: number }) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" role="img" aria-labelledby="title description">
  <title id="title">${title}</title>
  <desc id="description">${description}</desc>
  <rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
  <text x="16" y="26" font-family="system-ui, sans-serif" font-size="14" font-weight="600" fill="${TEXT}">${title}</text>
  <svg y="${TITLE - BAR}"${chart.slice('<svg'.length)}
</svg>
`;

const unique = (bars: readonly Bar[], key: 'group' | 'series') => [...new Set(bars.map((bar) => bar[key]))];

async function load<T>(name: string): Promise<T> {
  const file = createRequire(join(onDemand('charts'), 'package.json')).resolve(name);
  return (await import(pathToFileURL(file).href)) as T;
}
