import { dateAndCommit, machineAndVersions } from './machine.ts';
import { fillRegions, writeChart } from './page.ts';

const PAGE = 'docs/the-claim.md';

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
  console.log(`${PAGE} is written.`);
}
