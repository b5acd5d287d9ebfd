import type { Setting } from './settings.ts';

const introduction = `# Every setting

Generated from the \`config.ts\` of each app by \`npm run docs\`; do not edit. Settings come from the environment. A service that finds
some missing or wrong names all of them, and does not start. Whatever \`NAME\` may say, a file may say that \`NAME_FILE\` names. [.env.example](../.env.example) has the same with examples, to copy from.
`;

const everywhere = `## Every service

These are settings of all of them.
`;

/** docs/configuration.md: what all apps share, then what is each one's own, then what `npm start` may be told. */
export function configurationPage(apps: ReadonlyMap<string, readonly Setting[]>, launcher: readonly Setting[]): string {
  const all = [...apps.values()];
  const shared = (all[0] ?? []).filter((setting) => all.every((settings) => settings.some((other) => isSame(setting, other))));
  const own = [...apps].map(([app, settings]) => {
    const rest = settings.filter((setting) => !shared.some((other) => isSame(setting, other)));
    return `## ${app}\n\n${table(rest)}`;
  });
  const start = `## npm start\n\n\`npm start\` and \`npm run dev\` give each service its settings. They take these, all of which may be left out.\n\n${table(launcher)}`;
  return [introduction, `${everywhere}\n${table(shared)}`, ...own, start].join('\n');
}

/** What is wrong with settings that cannot be told of, one line each. */
export const undocumented = (apps: ReadonlyMap<string, readonly Setting[]>): string[] =>
  [...apps].flatMap(([app, settings]) =>
    settings
      .filter(({ what }) => what === '')
      .map(({ name }) => `apps/${app}/src/config.ts: ${name} has no docstring. Say in a sentence what it is for.`),
  );

const isSame = (a: Setting, b: Setting) => a.name === b.name && a.what === b.what && a.preset === b.preset && a.required === b.required;

function table(settings: readonly Setting[]): string {
  const rows = settings.map(({ name, what, required, preset }) => [`\`${name}\``, what, required ? 'required' : presetOf(preset)]);
  const lines = rows.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`);
  return ['| name | what it is | default |', '|---|---|---|', ...lines, ''].join('\n');
}

const presetOf = (preset: string | undefined) => (preset === undefined || preset === '' ? 'none' : `\`${preset}\``);
