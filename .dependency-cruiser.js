/**
 * Forbids cycles inside an app or a library: between folders, and between files. Type imports count. Specs and fixtures do not: they may
 * use the whole project. `npm run lint` runs it; docs/adr/0021-no-folder-cycles.md has the reasons.
 *
 * @type {import('dependency-cruiser').IConfiguration}
 */
export default {
  forbidden: [
    { name: 'folder-cycle', severity: 'error', scope: 'folder', from: {}, to: { circular: true } },
    { name: 'file-cycle', severity: 'error', from: {}, to: { circular: true } },
  ],
  options: {
    includeOnly: '^(apps|libs)/[^/]+/src/',
    exclude: '[.](spec|fixture)[.]ts$|/src/gen/',
    tsPreCompilationDeps: true,
  },
};
