import { entry, item, line, type TextEdit } from './text-edit.ts';

export const REGISTRY = 'libs/contracts/src/registry/services.ts';
const MODULE = 'apps/gateway/src/app.module.ts';

/** The edits in files that all services share. What derives from the registry needs none: `npm run docs` writes it. */
export const textEdits: readonly TextEdit[] = [
  entry(REGISTRY, ({ name, port }) => `  { name: '${name}', grpc: ${port}, database: true, calls: [], informs: [], secrets: [] },\n`),
  item(REGISTRY, /(name: 'gateway',[^}]*calls: \[)([^\]]*)(?=\])/, ({ name }) => `'${name}'`),
  item('proto/reputable/auth/v1/auth.proto', /(rpc WatchRevocations\([^]*?callers: \[)([^\]]*)(?=\])/, ({ name }) => `"${name}"`),
  line(
    'libs/contracts/src/scopes.ts',
    /^ {2}'\w+:(read|write)': '/,
    ({ names }) => `  '${names}:read': 'see your ${names}',\n  '${names}:write': 'create ${names} in your name',`,
    ({ names }) => `  '${names}:`,
  ),
  line(
    MODULE,
    /^import \{ \w+Service \} from '@reputable\/contracts\//,
    ({ name, Name }) => `import { ${Name}Service } from '@reputable/contracts/${name}/v1/${name}';`,
  ),
  line(MODULE, /^import \{ \w+Module \} from '\.\//, ({ name, Name }) => `import { ${Name}Module } from './${name}/${name}.module.ts';`),
  line(
    MODULE,
    /^ {2}\{ contract: \w+, service: /,
    ({ name, Name, NAME }) => `  { contract: ${Name}Service, service: '${name}', url: config.${NAME}_URL },`,
    ({ Name }) => `  { contract: ${Name}Service, service: `,
  ),
  line(MODULE, /^ {6}\w+Module,$/, ({ Name }) => `      ${Name}Module,`),
];
