import type { ProviderSettings } from './providers.field.ts';

/** The injection token of {@link Providers}. */
export const PROVIDERS = Symbol('Providers');

/** The outside providers of the settings. */
export interface Providers {
  readonly settings: readonly ProviderSettings[];
  /** This service's public URL, without a slash at its end. */
  readonly publicUrl: string;
}

/** The path of the redirect URI that is registered at a provider. */
export const callbackPathOf = (provider: string) => `/log-in-with/${provider}/callback`;

/** The path of the page that links a provider to the account of a browser that is logged in. */
export const linkPathOf = (provider: string) => `/link/${provider}`;
