import { runCommand } from '@reputable/cli';
import { writeFile } from 'node:fs/promises';
import { buildDocument } from './document.ts';

const HELP = `npm run openapi

Writes apps/gateway/src/api/openapi.json, the OpenAPI document of the HTTP API, from the controllers and the contract. The gateway
serves this file, and does not load the code that writes it.
`;

await runCommand({
  name: 'npm run openapi',
  help: HELP,
  run: async () => {
    await writeFile(new URL('../api/openapi.json', import.meta.url), `${JSON.stringify(await buildDocument(), null, 2)}\n`);
  },
});
