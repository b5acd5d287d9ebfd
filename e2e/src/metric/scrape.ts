/** The names of metrics, each with the names of the labels that its series have. */
export type Scrape = ReadonlyMap<string, ReadonlySet<string>>;

const SERIES = /^([a-z_:][\w:]*)(?:\{(.*)\})? \S+$/i;
const LABEL = /([a-z_]\w*)="(?:[^"\\]|\\.)*"/gi;

/** The labels that Prometheus adds to the series of a target. */
const OF_TARGET = ['job', 'instance'];

/** The metrics in a text of `/metrics`. `up` is Prometheus' own. */
export function metricsIn(text: string): Scrape {
  const metrics = new Map<string, Set<string>>([['up', new Set(OF_TARGET)]]);
  for (const line of text.split('\n')) {
    const [, name = '', labels = ''] = SERIES.exec(line) ?? [];
    if (name === '') continue;
    const known = metrics.get(name) ?? new Set(OF_TARGET);
    for (const [, label = ''] of labels.matchAll(LABEL)) known.add(label);
    metrics.set(name, known);
  }
  return metrics;
}
