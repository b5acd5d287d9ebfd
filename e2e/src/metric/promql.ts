import type { SyntaxNodeRef } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import type { Scrape } from './scrape.ts';

/** The metrics and the labels that an expression names. */
interface Named {
  /** The metrics, each with the labels in its braces. */
  readonly selectors: readonly { readonly metric: string; readonly labels: readonly string[] }[];
  /** The labels after `by` and `on`. */
  readonly grouping: readonly string[];
}

/** @throws Error if the expression is no PromQL */
export function namedIn(expression: string): Named {
  const selectors: { metric: string; labels: string[] }[] = [];
  const grouping: string[] = [];
  const textOf = ({ from, to }: Pick<SyntaxNodeRef, 'from' | 'to'>) => expression.slice(from, to);
  parser.parse(expression).iterate({
    enter: (node) => {
      if (node.type.isError) throw new Error(`No PromQL at ${String(node.from)}: ${expression}`);
      if (node.name === 'VectorSelector') selectors.push({ metric: '', labels: [] });
      const selector = selectors.at(-1);
      if (node.name === 'Identifier' && selector) selector.metric = textOf(node);
      if (node.name !== 'LabelName') return;
      if (node.node.parent?.name === 'UnquotedLabelMatcher') selector?.labels.push(textOf(node));
      else grouping.push(textOf(node));
    },
  });
  if (selectors.length === 0) throw new Error(`No metric in ${expression}`);
  return { selectors, grouping };
}

/** The metrics and labels in an expression that no service has. A label after `by` must be of one of its metrics. */
export function unknownIn(expression: string, scrape: Scrape): string[] {
  const { selectors, grouping } = namedIn(expression);
  const labelsOf = (metric: string) => scrape.get(metric) ?? new Set<string>();
  const isOfOne = (label: string) => selectors.some(({ metric }) => labelsOf(metric).has(label));
  return [
    ...selectors.filter(({ metric }) => !scrape.has(metric)).map(({ metric }) => metric),
    ...selectors.flatMap(({ metric, labels }) =>
      labels.filter((label) => !labelsOf(metric).has(label)).map((label) => `${metric}{${label}}`),
    ),
    ...grouping.filter((label) => !isOfOne(label)).map((label) => `by (${label}) in ${expression}`),
  ];
}
