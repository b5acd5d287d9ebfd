import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const FOLDER = join(import.meta.dirname, '../../../deploy/metrics');

const duration = z.string().regex(/^\d+[smh]$/);

/** The shape of a file of alert rules, as Prometheus reads it: it refuses a file with other fields. */
const Alerts = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^[A-Z][A-Za-z]+$/),
          expr: z.string(),
          for: duration.optional(),
          labels: z.strictObject({ severity: z.enum(['page', 'ticket']) }),
          annotations: z.strictObject({ summary: z.string() }),
        }),
      ),
    }),
  ),
});

/** The parts of a Grafana dashboard that are checked. */
const Dashboard = z.object({
  panels: z.array(
    z.object({
      id: z.number(),
      title: z.string(),
      gridPos: z.strictObject({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
      targets: z.array(z.strictObject({ refId: z.string(), expr: z.string(), legendFormat: z.string() })).default([]),
    }),
  ),
});

/** The alerts in deploy/metrics/alerts.yml. */
export const alerts = () => Alerts.parse(parse(readFileSync(join(FOLDER, 'alerts.yml'), 'utf8'))).groups.flatMap(({ rules }) => rules);

/** The panels of deploy/metrics/dashboard.json. */
export const panels = () => Dashboard.parse(JSON.parse(readFileSync(join(FOLDER, 'dashboard.json'), 'utf8'))).panels;

/** The expressions of a text with Grafana's variables as Prometheus gets them, and the labels in the braces of legends and summaries. */
export const withoutVariables = (expression: string) => expression.replaceAll('$__rate_interval', '5m').replaceAll('$job', 'post');

/** The labels that a template names: `{{job}}` of Grafana, `{{ $labels.job }}` of Prometheus. */
export const labelsIn = (template: string) => [...template.matchAll(/\{\{ ?(?:\$labels\.)?(\w+) ?\}\}/g)].map(([, label = '']) => label);
