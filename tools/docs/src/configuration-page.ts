import type { Setting } from './settings.ts';

const introduction = `# Settings

This page is generated from the \`config.ts\` of each app by \`npm run docs\`; do not edit it. Settings come from the environment. If some
are missing or wrong, the service lists all of them and does not start. For every \`NAME\`, you can set \`NAME_FILE\` instead: the path of a
file with the value. [.env.example](../.env.example) has the same settings with examples to copy.
`;

const everywhere = `## Every service

All services have these settings.
`;

/** docs/configuration.md: the settings of all apps, then those of each app, then those of `npm start`. */
export function configurationPage(apps: ReadonlyMap<string, readonly Setting[]>, launcher: readonly Setting[]): string {
  const all = [...apps.values()];
  const shared = (all[0] ?? []).filter((setting) => all.every((settings) => settings.some((other) => isSame(setting, other))));
  const own = [...apps].map(([app, settings]) => {
    const rest = settings.filter((setting) => !shared.some((other) => isSame(setting, other)));
    return `## ${app}\n\n${table(rest)}`;
  });
  const start = `## npm start\n\n\`npm start\` and \`npm run dev\` give each service its settings. They read these optional settings.\n\n${table(launcher)}`;
  return [introduction, `${everywhere}\n${table(shared)}`, ...own, start].join('\n');
}

/** The settings without a docstring, one line each. */
export const undocumented = (apps: ReadonlyMap<string, readonly Setting[]>): string[] =>
  [...apps].flatMap(([app, settings]) =>
    settings
      .filter(({ what }) => what === '')
      .map(({ name }) => `apps/${app}/src/config.ts: ${name} has no docstring. Describe the setting in a sentence.`),
  );

const isSame = (a: Setting, b: Setting) => a.name === b.name && a.what === b.what && a.preset === b.preset && a.required === b.required;

function table(settings: readonly Setting[]): string {
  const rows = settings.map(({ name, what, required, preset }) => [`\`${name}\``, what, required ? 'required' : presetOf(preset)]);
  const lines = rows.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`);
  return ['| name | what it is | default |', '|---|---|---|', ...lines, ''].join('\n');
}

const presetOf = (preset: string | undefined) => (preset === undefined || preset === '' ? 'none' : `\`${preset}\``);
