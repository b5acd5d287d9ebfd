import { CliError, patiently, runCommand, UsageError } from '@reputable/cli';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { faultsIn, markdownFiles } from './check.ts';
import { generated } from './generated.ts';
import { brokenLinks } from './links.ts';
import { reanchor } from './reanchor.ts';

const HELP = `npm run docs -- [command]

  write   writes the generated pages and tables, moves links to lines of code to the current line of that code, then checks the
          links and the quoted code of all Markdown files. The default
  check   writes nothing, and fails if a file is not current or a check fails
`;

const root = resolve(import.meta.dirname, '../../..');

/** Writes the files, and returns the faults that remain. */
async function write(): Promise<string[]> {
  const { pages, faults } = await generated(root);
  for (const [file, page] of pages) writeFileSync(join(root, file), page);
  for (const file of markdownFiles(root)) reanchor(root, file);
  return [...faults, ...linkFaults()];
}

async function check(): Promise<string[]> {
  const { pages, faults } = await generated(root);
  const isCurrent = (file: string, page: string) => existsSync(join(root, file)) && readFileSync(join(root, file), 'utf8') === page;
  const stale = [...pages].flatMap(([file, page]) => (isCurrent(file, page) ? [] : [`${file} is not current. Run \`npm run docs\`.`]));
  return [...faults, ...stale, ...linkFaults()];
}

function linkFaults(): string[] {
  const files = markdownFiles(root);
  const broken = brokenLinks(root, files);
  return [...files.flatMap((file) => faultsIn(root, file)), ...(broken ? [broken] : [])];
}

const commands = new Map([
  ['write', { run: write, done: 'The documentation is written. Its links and quotations are valid.' }],
  ['check', { run: check, done: 'The documentation is current. Its links and quotations are valid.' }],
]);

await runCommand({
  name: 'npm run docs',
  help: HELP,
  words: 1,
  run: async (_, [name = 'write']) => {
    const command = commands.get(name);
    if (!command) throw new UsageError(`Unknown command: ${name}.`);
    const faults = await patiently('Reading the workspace', command.run());
    if (faults.length > 0) throw new CliError(faults.join('\n'));
    console.log(command.done);
  },
});
