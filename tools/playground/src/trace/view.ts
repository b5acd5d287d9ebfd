import { ruleOf } from '../source/rule-line.ts';
import { checkingLine, refusingLine } from '../source/deciding-lines.ts';
import { placeOf, type SourceLine } from '../source/named-line.ts';
import { hrefOf } from '../source/source-page.ts';
import type { Span, Trace } from '@reputable/collector';

/** A link to a line of code. */
export interface LineLink {
  readonly text: string;
  readonly href: string;
}

/** A check of a call. */
export interface CheckView {
  readonly name: string;
  readonly result: string;
  readonly us: number;
  readonly line: LineLink | undefined;
}

/** A request that a service received, or refused to send. */
export interface HopView {
  readonly from: string;
  readonly to: string;
  /** The rpc or the HTTP request. */
  readonly name: string;
  /** The name and the value of each fact. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly rule: (LineLink & { readonly source: string }) | undefined;
  readonly checks: readonly CheckView[];
  readonly refused: boolean;
  readonly reason: string | undefined;
  readonly durationUs: number;
}

/** A bar of the waterfall. */
export interface BarView {
  readonly service: string;
  readonly name: string;
  readonly depth: number;
  readonly startUs: number;
  readonly durationUs: number;
  readonly refused: boolean;
}

/** A trace as the page shows it. */
export interface TraceView {
  readonly traceId: string;
  readonly durationUs: number;
  readonly hops: readonly HopView[];
  readonly bars: readonly BarView[];
}

/** The name of the sender outside of the system. */
const OUTSIDE = 'you';

/** The span in which the gateway authenticates a request. Its facts belong to the request. */
const AUTHENTICATION = 'authenticate';

/** Arranges a trace for the page. */
export function viewOf({ traceId, spans }: Trace): TraceView {
  const ordered = inOrder(spans);
  const start = Math.min(...spans.map(({ startUs }) => startUs));
  const end = Math.max(...spans.map(({ startUs, durationUs }) => startUs + durationUs));
  return {
    traceId,
    durationUs: end - start,
    hops: ordered.flatMap(({ span }) => hopOf(span, spans) ?? []),
    bars: ordered.map(({ span, depth }) => ({
      service: span.service,
      name: shortName(span),
      depth,
      startUs: span.startUs - start,
      durationUs: span.durationUs,
      refused: isRefused(span) || span.attributes['error.type'] !== undefined,
    })),
  };
}

/** The spans with their depths: each before its children, and the children by their start. */
function inOrder(spans: readonly Span[]): readonly { readonly span: Span; readonly depth: number }[] {
  const known = new Set(spans.map(({ spanId }) => spanId));
  const children = Map.groupBy(spans, ({ parentId }) => (parentId !== undefined && known.has(parentId) ? parentId : ''));
  const below = (id: string, depth: number): { span: Span; depth: number }[] =>
    (children.get(id) ?? [])
      .toSorted((one, other) => one.startUs - other.startUs)
      .flatMap((span) => [{ span, depth }, ...below(span.spanId, depth + 1)]);
  return below('', 0);
}

const isRefused = ({ attributes }: Span) => attributes['reputable.decision'] === 'refuse';

/** The step of a span, if it is one: a received request, a call that was not placed, or a call without an answer. */
function hopOf(span: Span, spans: readonly Span[]): HopView | undefined {
  const kind = span.kind.toLowerCase();
  if (kind.endsWith('server')) return received(span, spans);
  if (kind.endsWith('client')) return isUnanswered(span, spans) ? unanswered(span) : undefined;
  return isRefused(span) && span.name !== AUTHENTICATION
    ? { ...described(span), name: `${shortName(span).replace('refuse ', '')}, before the call`, from: span.service, to: span.service }
    : undefined;
}

function received(span: Span, spans: readonly Span[]): HopView {
  const peer = textOf(span.attributes['reputable.peer']);
  // Without a parent, the sender is outside, also with the certificate of a service.
  const isFirst = !spans.some(({ spanId }) => spanId === span.parentId);
  const inside = spans.find(({ parentId, name }) => parentId === span.spanId && name === AUTHENTICATION);
  const attributes = { ...span.attributes, ...inside?.attributes };
  return { ...described({ ...span, attributes }), from: isFirst ? OUTSIDE : (peer?.split('/').at(-1) ?? OUTSIDE), to: span.service };
}

const isUnanswered = ({ spanId, attributes }: Span, spans: readonly Span[]) =>
  attributes['reputable.service'] !== undefined &&
  attributes['error.type'] !== undefined &&
  !spans.some(({ parentId }) => parentId === spanId);

const unanswered = (span: Span): HopView => ({
  ...described(span),
  from: span.service,
  to: String(span.attributes['reputable.service']),
  refused: true,
  reason: textOf(span.attributes['error.type']),
});

function described(span: Span): Omit<HopView, 'from' | 'to'> {
  const { attributes, durationUs } = span;
  const rule = ruleOf(`/${textOf(attributes['rpc.method']) ?? ''}`);
  const checks = checksOf(span);
  return {
    name: shortName(span),
    facts: factsOf(span, checks),
    rule: rule && { source: rule.text, ...linkTo(rule) },
    checks,
    refused: isRefused(span),
    reason: textOf(attributes['reputable.reason']),
    durationUs,
  };
}

/** The facts that a step shows, by attribute. */
const FACTS: readonly (readonly [name: string, attribute: string])[] = [
  ['credential', 'reputable.token.kind'],
  ['audience', 'reputable.token.audience'],
  ['seconds left', 'reputable.token.seconds_left'],
  ['peer', 'reputable.peer'],
  ['user', 'reputable.user'],
];

/** The kinds of credentials, in words. */
const WORDS: Readonly<Record<string, string>> = {
  bearer: 'opaque bearer token',
  session: 'session cookie',
  jwt: 'JWT',
  txn: 'Transaction Token',
  none: 'no token',
};

const factsOf = ({ attributes }: Span, checks: readonly CheckView[]) =>
  FACTS.flatMap(([name, attribute]) => {
    const isUnverified = name === 'credential' && checks.some((check) => check.name === 'token' && check.result !== 'pass');
    const value = isUnverified ? 'a token that is not accepted' : textOf(attributes[attribute]);
    return value === undefined ? [] : [[name, WORDS[value] ?? value] as const];
  });

/** The checks of a span: `peer pass 14 us, fresh claims CLAIMS_TOO_OLD 3 us`. */
const checksOf = ({ attributes }: Span): CheckView[] => (textOf(attributes['reputable.checks']) ?? '').split(', ').flatMap(checkIn);

function checkIn(text: string): CheckView[] {
  const [, name, result, us] = /^(.+) (\S+) (\d+) us$/.exec(text) ?? [];
  if (name === undefined || result === undefined) return [];
  const line = refusingLine(name, result) ?? checkingLine(name);
  return [{ name, result, us: Number(us), line: line && linkTo(placeOf(line)) }];
}

const linkTo = (place: SourceLine): LineLink => ({
  text: `${place.file.split('/').at(-1) ?? ''}:${String(place.line)}`,
  href: hrefOf(place),
});

/** `UpvotePost` for `reputable.post.v1.PostService/UpvotePost`. */
const shortName = ({ name }: Span) => name.replace(/\/?(?:\w+\.)+\w+\/(?=\w+$)/, '');

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return Array.isArray(value) ? value.join(', ') : undefined;
}
