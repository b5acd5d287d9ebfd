import { describe, expect, it } from '@jest/globals';
import { root } from '@reputable/run/build';
import { join } from 'node:path';
import { startAuthorizationServer } from './authorization-server.ts';

/** The schema of an app's setting, as far as a check needs it. */
interface Schema {
  readonly safeParse: (value: unknown) => { readonly error?: unknown; readonly data?: unknown };
}

/** The schemas of the settings of an app. A dynamic import, as lint forbids to import an app. */
const schemasOf = async (app: string) =>
  ((await import(join(root, 'apps', app, 'src/config.ts'))) as { readonly Config: { readonly shape: Readonly<Record<string, Schema>> } })
    .Config.shape;

describe('the authorization server of --issuer', () => {
  it('has settings that auth and the gateway accept', async () => {
    const { realm, settings } = await startAuthorizationServer(0, 'http://localhost:3001');
    await realm.stop();
    for (const [app, ofApp] of Object.entries(settings)) {
      const schemas = await schemasOf(app);
      const refused = Object.entries(ofApp).filter(
        ([name, value]) => schemas[name]?.safeParse(value).error !== undefined || !schemas[name],
      );
      expect(refused).toEqual([]);
    }
  });
});
