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

/** The path to which a provider sends the browser back after a log-out there. */
export const loggedOutPathOf = (provider: string) => `/log-in-with/${provider}/logged-out`;

/** The path that takes a provider's logout tokens. */
export const backChannelPathOf = (provider: string) => `/log-in-with/${provider}/back-channel-log-out`;

/** The path of the page that links a provider to the account of a browser that is logged in. */
export const linkPathOf = (provider: string) => `/link/${provider}`;
