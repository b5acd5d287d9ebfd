import type { HopView } from '../trace/view.ts';
import { svg } from './element.ts';
import { type Edge, EDGES, type Layout, NARROW, pathOf, type Place, PLACES, WIDE } from './layout.ts';

/** What each box shows below its name. */
const TEXT: Readonly<Record<Place, string>> = {
  you: 'the client',
  gateway: 'opaque → JWT',
  auth: 'accounts, keys',
  user: 'reputation',
  post: 'posts, votes',
  comment: 'comments',
};

/** A step of a request, as the picture shows it. */
export type Step = Pick<HopView, 'from' | 'to' | 'refused'>;

const WIDTH_OF_WIDE = 560;

/** The picture of the services. It shows the path of the last request, and services that are down. */
export class Picture {
  #steps: readonly Step[] = [];
  #down = new Set<string>();
  #layout: Layout = WIDE;

  constructor(readonly place: HTMLElement) {
    new ResizeObserver(([entry]) => {
      const layout = (entry?.contentRect.width ?? 0) < WIDTH_OF_WIDE ? NARROW : WIDE;
      if (layout === this.#layout) return;
      this.#layout = layout;
      this.#draw();
    }).observe(place);
    this.#draw();
  }

  /** Lights the path of a request. */
  show(steps: readonly Step[]): void {
    this.#steps = steps.filter(({ from, to }) => isPlace(from) && isPlace(to));
    this.#draw();
  }

  /** Marks services that do not answer. */
  mark(down: ReadonlySet<string>): void {
    if (down.size === this.#down.size && [...down].every((name) => this.#down.has(name))) return;
    this.#down = new Set(down);
    this.#draw();
  }

  #draw(): void {
    const { width, height } = this.#layout;
    const edges = [...EDGES, ...this.#steps.filter((step) => !EDGES.some((edge) => isSame(edge, step)) && step.from !== step.to)] as Edge[];
    const drawing = svg(
      'svg',
      { viewBox: `0 0 ${String(width)} ${String(height)}`, role: 'img', 'aria-label': this.#description },
      ...edges.map((edge) => this.#edge(edge)),
      ...PLACES.map((place) => this.#box(place)),
      ...edges.map((edge) => this.#numbers(edge)),
    );
    this.place.replaceChildren(drawing);
  }

  #stepsOf(edge: Edge): readonly (Step & { readonly number: number })[] {
    return this.#steps.flatMap((step, index) => (isSame(edge, step) ? [{ ...step, number: index + 1 }] : []));
  }

  #edge(edge: Edge): SVGElement {
    const [first, ...more] = this.#stepsOf(edge);
    const classes = ['edge', first && 'lit', [first, ...more].some((step) => step?.refused) && 'refused'].filter(Boolean).join(' ');
    const line = svg('path', { class: classes, d: pathOf(this.#layout, edge).path, pathLength: '1' });
    if (first) line.style.setProperty('--order', String(first.number - 1));
    return line;
  }

  #numbers(edge: Edge): SVGElement {
    const steps = this.#stepsOf(edge);
    const [x, y] = pathOf(this.#layout, edge).middle;
    const text = steps.map(({ number }) => number).join(' ');
    if (text === '') return svg('g');
    const half = 11 + (text.length - 1) * 3.5;
    const refused = steps.some((step) => step.refused);
    return svg(
      'g',
      { class: refused ? 'number refused' : 'number', transform: `translate(${String(x)} ${String(y)})` },
      svg('rect', { x: String(-half), y: '-11', width: String(2 * half), height: '22', rx: '11' }),
      svg('text', { y: '4.5' }, text),
    );
  }

  #box(name: Place): SVGElement {
    const { x, y, width, height } = this.#layout.boxes[name];
    const isLit = this.#steps.some(({ from, to }) => from === name || to === name);
    const isRefused = this.#steps.some(({ to, refused }) => to === name && refused);
    const isDown = this.#down.has(name);
    const classes = ['box', isLit && 'lit', isRefused && 'refused', isDown && 'down'].filter(Boolean).join(' ');
    const mark = isRefused ? '✕' : isDown ? '!' : undefined;
    return svg(
      'g',
      { class: classes, transform: `translate(${String(x)} ${String(y)})` },
      svg('rect', { x: String(-width / 2), y: String(-height / 2), width: String(width), height: String(height), rx: '10' }),
      svg('text', { class: 'name', y: '-3' }, name),
      svg('text', { class: 'text', y: '16' }, isDown ? 'down' : TEXT[name]),
      mark !== undefined &&
        svg(
          'g',
          { class: 'mark', transform: `translate(${String(width / 2 - 4)} ${String(-height / 2 + 4)})` },
          svg('circle', { r: '11' }),
          svg('text', { y: '4.5' }, mark),
        ),
    );
  }

  get #description(): string {
    const [first] = this.#steps;
    const way = first
      ? `The last request: ${this.#steps.map(({ from, to, refused }) => `${from} to ${to}${refused ? ', refused' : ''}`).join('; ')}.`
      : '';
    const down = this.#down.size > 0 ? `Down: ${[...this.#down].join(', ')}.` : '';
    return ['The five services: gateway, auth, user, post and comment.', way, down].filter(Boolean).join(' ');
  }
}

const isPlace = (name: string) => PLACES.some((place) => place === name);

/** Whether a step goes along an edge, in either direction. */
const isSame = (edge: Edge, { from, to }: Step) => (edge.from === from && edge.to === to) || (edge.from === to && edge.to === from);
