import { saveSeconds } from './figures.ts';
import { dateAndCommit, machineAndVersions } from './machine.ts';
import { fillRegions, writeChart } from './page.ts';
import { figure, table } from './table.ts';

const PAGE = 'docs/the-claim.md';

/** What each benchmark of the page prints. */
const COMMANDS: Readonly<Record<string, string>> = {
  ways: 'the tables of requests and chains',
  'ways-safety': 'the table of attacks',
  'ways-outage': 'the table of outages',
  'ways-scale --axis posts': 'the table of posts and users',
  'ways-scale --axis sessions': 'the tables of sessions',
  'ways-scale --axis revocations': 'the tables of revoked ids',
  'ways-scale --axis replicas': 'the tables of replicas of post',
  'ways-scale --axis keys': 'the table of keys',
  signatures: 'the tables of signatures and of lengths of tokens',
  scaling: 'the tables of [scaling.md](scaling.md), without a measurement',
};

/** A chart on the page. */
export interface Picture {
  /** The name of its file in docs/images, without `.svg`. */
  readonly name: string;
  /** The text in place of the picture. */
  readonly alt: string;
  readonly svg: string;
}

/** The result of one benchmark on the page. */
export interface Section {
  /** The name of its generated region. */
  readonly region: string;
  /** The name of the benchmark. */
  readonly command: string;
  /** How it has measured, for readers. */
  readonly load: string;
  readonly text: string;
  readonly charts?: readonly Picture[];
}

/** Writes the result of one benchmark to docs/the-claim.md, with the command, the date, the commit and the machine. */
export async function writeClaim({ region, command, load, text, charts = [] }: Section): Promise<void> {
  const measured = `\`npm run bench -- ${command}\`, ${await dateAndCommit()}: ${load}.`;
  const pictures = charts.map(({ name, alt }) => `![${alt}](images/${name}.svg)`);
  await fillRegions(PAGE, { machine: await machineAndVersions(), [region]: [measured, text.trim(), ...pictures].join('\n\n') });
  for (const { name, svg } of charts) await writeChart(`docs/images/${name}.svg`, svg);
  await writeDuration(command);
  console.log(`${PAGE} is written.`);
}

/** When the last command ended, in milliseconds since the start of this process. */
let ended = 0;

/** Writes how long a command has taken, to the list of all commands on the page. */
export async function writeDuration(command: string): Promise<void> {
  const seconds = await saveSeconds(command, (performance.now() - ended) / 1_000);
  ended = performance.now();
  const rows = Object.entries(COMMANDS).map(([name, prints]) => [`\`npm run bench -- ${name}\``, prints, minutes(seconds[name] ?? NaN)]);
  const total = Object.keys(COMMANDS).reduce((sum, name) => sum + (seconds[name] ?? NaN), 0);
  await fillRegions(PAGE, { commands: await table(['command', 'prints', 'minutes'], [...rows, ['all of them', '', minutes(total)]]) });
}

const minutes = (seconds: number) => figure(seconds / 60, 1);
