import type { Provider } from '@reputable/provider';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A running outside provider, and the setting of auth with which users can log in with it. */
export interface OutsideProvider {
  readonly provider: Provider;
  readonly settings: { readonly OIDC_PROVIDERS: string };
}

/** Starts an outside OpenID provider. @param dataDir gets the file with the client secret */
export async function startOutsideProvider(dataDir: string, port: number): Promise<OutsideProvider> {
  // Only here, because most systems run without one.
  const { Provider } = await import('@reputable/provider');
  const clientSecretFile = join(dataDir, 'secrets/outside-provider-client-secret');
  await writeFile(clientSecretFile, 'The provider accepts any secret.\n', { mode: 0o600 });
  const provider = await Provider.start({ port });
  const { issuer } = provider;
  const settings = { id: 'outside', label: 'Outside Provider', issuer, clientId: 'reputable', clientSecretFile };
  return { provider, settings: { OIDC_PROVIDERS: JSON.stringify([settings]) } };
}
