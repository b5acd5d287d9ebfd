import { Logger } from '@nestjs/common';
import * as openid from 'openid-client';
import { extensionsOf, TIMEOUT_S } from './openid-configuration.ts';
import { failureOf, ProviderFailure } from './provider-failure.ts';
import type { ProviderSettings } from './providers.field.ts';

/** How long metadata is used before it is read again, in milliseconds. */
const FRESH_MS = 3_600_000;

/** Reads a provider's metadata when needed. Metadata that cannot be read again stays in use. */
export class Discovery {
  readonly #log = new Logger('outside-provider');
  #known: { readonly metadata: openid.ServerMetadata; readonly readAt: number } | undefined;
  #running: Promise<openid.ServerMetadata> | undefined;
  #isDown = false;

  constructor(readonly settings: Pick<ProviderSettings, 'id' | 'issuer'>) {}

  /** The metadata that was read last, without a request. */
  get known(): openid.ServerMetadata | undefined {
    return this.#known?.metadata;
  }

  /** @throws ProviderFailure if it cannot be read, and never was */
  metadata(): Promise<openid.ServerMetadata> {
    if (this.#known && Date.now() - this.#known.readAt < FRESH_MS) return Promise.resolve(this.#known.metadata);
    return (this.#running ??= this.#read().finally(() => (this.#running = undefined)));
  }

  async #read(): Promise<openid.ServerMetadata> {
    const { id: provider, issuer } = this.settings;
    try {
      const metadata = await discover(this.settings);
      this.#known = { metadata, readAt: Date.now() };
      if (this.#isDown) this.#log.log({ msg: 'provider available', provider, issuer });
      this.#isDown = false;
      return metadata;
    } catch (error) {
      const failure = failureOf(error);
      if (!this.#isDown) this.#log.warn({ msg: 'provider not available', provider, issuer, reason: failure.message });
      this.#isDown = true;
      if (this.#known) return this.#known.metadata;
      throw failure;
    }
  }
}

async function discover({ issuer }: Pick<ProviderSettings, 'issuer'>): Promise<openid.ServerMetadata> {
  const options = { timeout: TIMEOUT_S, execute: extensionsOf({ issuer }) };
  // Reading metadata needs no client.
  const metadata = (await openid.discovery(new URL(issuer), 'none', undefined, undefined, options)).serverMetadata();
  // openid-client compares URLs. Accounts are linked by the text.
  if (metadata.issuer !== issuer) throw new ProviderFailure('unavailable', `its issuer identifier is ${metadata.issuer}`);
  return metadata;
}
