import { COLOURS, draw } from './chart.ts';

/** A bar of a chart. */
export interface Bar {
  readonly group: string;
  readonly series: string;
  readonly value: number;
}

/** The bars of a chart. */
export interface Bars {
  readonly title: string;
  /** The groups are in the order of their first bars, and so are the series of each group. */
  readonly bars: readonly Bar[];
  readonly format: (value: number) => string;
}

const BAR = 18;
/** The space between two groups, in bars. */
const GAP = 0.6;

/** The width of a character in a wide font, in pixels. */
const CHARACTER = 8;

/** Draws a horizontal bar chart, grouped. */
export function barChart({ title, bars, format }: Bars): Promise<string> {
  const [groups, series] = [unique(bars, 'group'), unique(bars, 'series')];
  const place = { x: 'value', y: 'series', fy: 'group' };
  const label = ({ series: name, value }: Bar) => `${format(value)} ${name}`;
  const widthOf = (texts: readonly string[]) => CHARACTER * Math.max(...texts.map(({ length }) => length)) + BAR;
  return draw({
    title,
    description: bars.map((bar) => `${bar.group}: ${label(bar)}.`).join(' '),
    height: groups.length * (series.length + GAP) * BAR + 2 * BAR,
    options: ({ barX, text }) => ({
      ...{ marginTop: BAR, marginRight: widthOf(bars.map(label)), marginBottom: BAR, marginLeft: 16 },
      x: { axis: null },
      y: { axis: null, domain: series },
      fy: { label: null, domain: groups, padding: GAP / (series.length + GAP) },
      color: { domain: series, range: COLOURS },
      facet: { marginLeft: widthOf(groups) },
      marks: [barX(bars, { ...place, fill: 'series' }), text(bars, { ...place, text: label, dx: 5, textAnchor: 'start' })],
    }),
  });
}

const unique = (bars: readonly Bar[], key: 'group' | 'series') => [...new Set(bars.map((bar) => bar[key]))];
