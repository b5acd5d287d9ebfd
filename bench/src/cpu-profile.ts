import { readFile } from 'node:fs/promises';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { fileURLToPath } from 'node:url';

/** What we read of a CPU profile of V8, as `node --cpu-prof` writes it. Times are those of the monotonic clock, in microseconds. */
interface Profile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: Frame }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
  readonly startTime: number;
}

/** Where a sample was taken. */
interface Frame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

/** A span of the monotonic clock, in microseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The modules of Node, by the part of the work that they do. */
const NODE_PARTS: readonly (readonly [RegExp, string])[] = [
  [/http2/, 'Node: HTTP/2'],
  [/http/, 'Node: HTTP/1.1'],
  [/tls|crypto/, 'Node: TLS'],
  [/stream|net|buffer|events|timers|async|task|promise/, 'Node: streams, sockets, timers'],
];

/** The share of each part of the program in the CPU time of a process within a span. */
export async function sharesOf(file: string, { from, to }: Span): Promise<ReadonlyMap<string, number>> {
  const { nodes, samples, timeDeltas, startTime } = JSON.parse(await readFile(file, 'utf8')) as Profile;
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const bundles = await bundlesOf(nodes.map(({ callFrame }) => callFrame.url));
  const spent = new Map<string, number>();
  let [at, total] = [startTime, 0];
  for (const [index, id] of samples.entries()) {
    const lasted = timeDeltas[index] ?? 0;
    at += lasted;
    const frame = frames.get(id);
    if (!frame || frame.functionName === '(idle)' || at < from || at > to) continue;
    const part = partOf(frame, bundles);
    spent.set(part, (spent.get(part) ?? 0) + lasted);
    total += lasted;
  }
  return new Map([...spent].map(([part, time]) => [part, time / total]));
}

/** The source file of a frame in a bundle. */
type SourceOf = (frame: Frame) => string | undefined;

function partOf(frame: Frame, bundles: ReadonlyMap<string, SourceOf>): string {
  const { functionName, url } = frame;
  if (functionName === '(garbage collector)') return 'garbage collection';
  if (url === '') return 'native code: sockets, encryption, parsing';
  if (url.startsWith('node:')) return NODE_PARTS.find(([pattern]) => pattern.test(url))?.[1] ?? 'Node: other';
  return packageOf(bundles.get(url)?.(frame) ?? url);
}

/** The npm package of a file, or the folder of ours. */
function packageOf(file: string): string {
  const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file) ?? [];
  if (name !== undefined) return name;
  return /(?:apps|libs)\/[^/]+/.exec(file)?.[0] ?? 'the program itself';
}

/** The bundles among these files. */
async function bundlesOf(urls: readonly string[]): Promise<ReadonlyMap<string, SourceOf>> {
  const files = [...new Set(urls)].filter((url) => url.startsWith('file:') && !url.includes('/node_modules/'));
  return new Map(await Promise.all(files.map(async (url) => [url, await sourceOf(fileURLToPath(url))] as const)));
}

/** A bundle of our code has a source map. One of libraries has none, but a comment with the path before each file. */
async function sourceOf(file: string): Promise<SourceOf> {
  const payload = await readFile(`${file}.map`, 'utf8').catch(() => undefined);
  if (payload === undefined) {
    const lines = (await readFile(file, 'utf8')).split('\n');
    const starts = lines.flatMap((text, line) => (text.startsWith('// node_modules/') ? [{ line, text }] : []));
    return ({ lineNumber }) => starts.findLast(({ line }) => line <= lineNumber)?.text;
  }
  const map = new SourceMap(JSON.parse(payload) as SourceMapPayload);
  return ({ lineNumber, columnNumber }) => {
    const entry = map.findEntry(lineNumber, columnNumber);
    return 'originalSource' in entry ? entry.originalSource : undefined;
  };
}
