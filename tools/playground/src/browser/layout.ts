/** A service, or the sender of a request. */
export const PLACES = ['you', 'gateway', 'auth', 'user', 'post', 'comment'] as const;

export type Place = (typeof PLACES)[number];

/** A box of the picture: its centre and its size. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A connection of the picture. Its ends are in the order of a request. */
export interface Edge {
  readonly from: Place;
  readonly to: Place;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: Readonly<Record<Place, Box>>;
  /** The control points of the edges that are curved, by `from-to`. */
  readonly bends: Readonly<Record<string, readonly [x: number, y: number]>>;
}

/** The connections of the system. The one past the gateway is drawn only when somebody tries it. */
export const EDGES: readonly Edge[] = [
  { from: 'you', to: 'gateway' },
  { from: 'gateway', to: 'auth' },
  { from: 'gateway', to: 'post' },
  { from: 'gateway', to: 'comment' },
  { from: 'gateway', to: 'user' },
  { from: 'auth', to: 'user' },
  { from: 'post', to: 'user' },
  { from: 'comment', to: 'user' },
  { from: 'comment', to: 'post' },
];

const wide = (x: number, y: number): Box => ({ x, y, width: 124, height: 58 });

/** The layout for a wide page: from left to right. */
export const WIDE: Layout = {
  width: 760,
  height: 390,
  boxes: {
    you: { ...wide(58, 195), width: 96 },
    gateway: wide(240, 195),
    auth: wide(445, 55),
    post: wide(445, 195),
    comment: wide(445, 335),
    user: wide(685, 195),
  },
  bends: { 'gateway-user': [452, 78], 'you-post': [250, 345] },
};

const narrow = (x: number, y: number): Box => ({ x, y, width: 100, height: 52 });

/** The layout for a narrow page: from top to bottom. */
export const NARROW: Layout = {
  width: 360,
  height: 420,
  boxes: {
    you: narrow(180, 30),
    gateway: narrow(180, 132),
    auth: narrow(53, 250),
    post: narrow(180, 250),
    comment: narrow(307, 250),
    user: narrow(180, 388),
  },
  bends: { 'gateway-user': [305, 262], 'you-post': [35, 150] },
};

type Point = readonly [x: number, y: number];

/** A path between two boxes, and its middle. */
export function pathOf({ boxes, bends }: Layout, { from, to }: Edge): { readonly path: string; readonly middle: Point } {
  const bend = bends[`${from}-${to}`];
  const start = border(boxes[from], bend ?? centre(boxes[to]));
  const end = border(boxes[to], bend ?? centre(boxes[from]));
  const middle: Point = bend
    ? [(start[0] + 2 * bend[0] + end[0]) / 4, (start[1] + 2 * bend[1] + end[1]) / 4]
    : [(start[0] + end[0]) / 2, (start[1] + end[1]) / 2];
  const way = bend ? `Q ${bend.join(' ')} ` : 'L ';
  return { path: `M ${start.join(' ')} ${way}${end.join(' ')}`, middle };
}

const centre = ({ x, y }: Box): Point => [x, y];

/** The point of a box's border in the direction of another point. */
function border({ x, y, width, height }: Box, [toX, toY]: Point): Point {
  const [dx, dy] = [toX - x, toY - y];
  const scale = 1 / Math.max((Math.abs(dx) * 2) / width, (Math.abs(dy) * 2) / height);
  return [round(x + dx * scale), round(y + dy * scale)];
}

const round = (value: number) => Math.round(value * 10) / 10;
