import { COLOURS, draw } from './chart.ts';

/** The share of a series at one time. */
export interface Share {
  readonly series: string;
  readonly second: number;
  /** 0 to 1. */
  readonly share: number;
}

/** Shares over time. */
export interface Shares {
  readonly title: string;
  /** For screen readers. */
  readonly description: string;
  /** In the order of time. The series are in the order of their first shares. */
  readonly shares: readonly Share[];
  /** The time with a grey background, in seconds. */
  readonly shaded: readonly [from: number, to: number];
}

const ROW = 64;
const MARGIN = 18;

/** Draws shares over time, a row for each series. */
export function shareChart({ title, description, shares, shaded: [x1, x2] }: Shares): Promise<string> {
  const series = [...new Set(shares.map((each) => each.series))];
  return draw({
    title,
    description,
    height: series.length * ROW + 3 * MARGIN,
    options: ({ areaY, rectX }) => ({
      ...{ marginTop: MARGIN, marginRight: 60, marginBottom: 2 * MARGIN, marginLeft: 16 },
      x: { label: 'seconds' },
      y: { axis: 'right', label: null, domain: [0, 1], ticks: [0, 1], tickFormat: '.0%' },
      fy: { axis: 'left', label: null, domain: series, padding: 0.2 },
      color: { domain: series, range: COLOURS },
      facet: { marginLeft: 220 },
      marks: [
        rectX([{ x1, x2 }], { x1: 'x1', x2: 'x2', fill: '#d0d7de' }),
        areaY(shares, { x: 'second', y: 'share', fy: 'series', fill: 'series', curve: 'step-after', fillOpacity: 0.8 }),
      ],
    }),
  });
}
