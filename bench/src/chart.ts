/** A group of two bars. */
export interface Bars {
  readonly name: string;
  readonly floor: number;
  readonly reputable: number;
}

const WIDTH = 720;
const LEFT = 110;
const RIGHT = 70;
const TOP = 56;
const BAR = 14;
const GROUP = 44;

/** Its own background makes the chart readable on any page; the media query is for dark mode. */
const STYLE = `
  .page { fill: #ffffff; stroke: #d0d7de } text { fill: #1f2328; font: 13px system-ui, sans-serif } .title { font-weight: 600 }
  .floor { fill: #8c959f } .reputable { fill: #0969da }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; stroke: #30363d } text { fill: #e6edf3 } .floor { fill: #6e7681 } .reputable { fill: #4493f8 }
  }`;

/** Draws a horizontal bar chart of Reputable beside the floor, as SVG. */
export function chart(title: string, groups: readonly Bars[], format: (value: number) => string): string {
  const height = TOP + groups.length * GROUP + 8;
  const most = Math.max(...groups.flatMap(({ floor, reputable }) => [floor, reputable]));
  const bar = (y: number, side: 'floor' | 'reputable', value: number) => {
    const width = Math.round((value / most) * (WIDTH - LEFT - RIGHT));
    return `<rect class="${side}" x="${LEFT}" y="${y}" width="${width}" height="${BAR}" rx="2"/>
    <text x="${LEFT + width + 6}" y="${y + 12}">${format(value)}</text>`;
  };
  const group = ({ name, floor, reputable }: Bars, index: number) => {
    const y = TOP + index * GROUP;
    return `<text x="${LEFT - 10}" y="${y + 19}" text-anchor="end">${name}</text>
    ${bar(y, 'reputable', reputable)}
    ${bar(y + BAR + 2, 'floor', floor)}`;
  };
  const description = groups.map(({ name, floor, reputable }) => `${name}: Reputable ${format(reputable)}, floor ${format(floor)}.`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" role="img" aria-labelledby="title description">
  <title id="title">${title}</title>
  <desc id="description">${description.join(' ')}</desc>
  <style>${STYLE}
  </style>
  <rect class="page" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="6"/>
  <text class="title" x="16" y="30">${title}</text>
  ${legend(WIDTH - 210, 'reputable', 'Reputable')}
  ${legend(WIDTH - 100, 'floor', 'floor')}
  ${groups.map(group).join('\n  ')}
</svg>
`;
}

const legend = (x: number, side: string, name: string) =>
  `<rect class="${side}" x="${x}" y="18" width="${BAR}" height="${BAR}" rx="2"/>
  <text x="${x + BAR + 6}" y="30">${name}</text>`;
