import { Failure, patiently, runCommand, UsageError } from '@reputable/cli';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { faultsIn, markdownFiles } from './check.ts';
import { generated } from './generated.ts';
import { reanchor } from './reanchor.ts';

const HELP = `npm run docs -- [command]

  write   writes docs/configuration.md and the picture of the modules in docs/architecture.md, leads links to lines of code to
          where that code is now, and checks the links, line anchors and quoted code of all Markdown files. What is done if
          no command is given
  check   the same, and writes nothing: fails if what is there is not what would be written
`;

const root = resolve(import.meta.dirname, '../../..');

/** What is wrong once all that can be written is. */
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

const linkFaults = () => markdownFiles(root).flatMap((file) => faultsIn(root, file));

const commands = new Map([
  ['write', { run: write, done: 'The documentation is written, and what it leads to is there.' }],
  ['check', { run: check, done: 'The documentation is current, and what it leads to is there.' }],
]);

await runCommand({
  name: 'npm run docs',
  help: HELP,
  words: 1,
  run: async (_, [name = 'write']) => {
    const command = commands.get(name);
    if (!command) throw new UsageError(`There is no command "${name}".`);
    const faults = await patiently('Reading the workspace', command.run());
    if (faults.length > 0) throw new Failure(faults.join('\n'));
    console.log(command.done);
  },
});
