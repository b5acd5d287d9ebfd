/**
 * Forbids cycles inside an app or a library, of folders and of files. A folder may import its subfolders, and no subfolder its folder. Type
 * imports count. Specs and fixtures do not: they may use the whole project. `npm run lint` runs it; the reasons are in
 * docs/adr/0021-no-folder-cycles.md.
 *
 * @type {import('dependency-cruiser').IConfiguration}
 */
export default {
  forbidden: [
    { name: 'folder-cycle', severity: 'error', scope: 'folder', from: {}, to: { circular: true } },
    // dependency-cruiser counts a subfolder as part of its folder, so a cycle of the two needs a rule of its own.
    {
      name: 'parent-import',
      severity: 'error',
      from: { path: '^(.+)/[^/]+/[^/]+$', pathNot: '/src/fixture/' },
      to: { path: '^$1/[^/]+$' },
    },
    { name: 'file-cycle', severity: 'error', from: {}, to: { circular: true } },
  ],
  options: {
    includeOnly: '^(apps|libs)/[^/]+/src/',
    exclude: '[.](spec|fixture)[.]ts$|/src/gen/',
    tsPreCompilationDeps: true,
  },
};
