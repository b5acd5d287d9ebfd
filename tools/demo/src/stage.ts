import type { Past, System } from '@reputable/dev';

/** The system in which the story happens. */
export interface Stage {
  /** The URL of the public API. */
  readonly graphql: string;
  /** The URL of the mailbox for development. */
  readonly mailbox: string;
  /** Gives an account its roles and reputation. No API does that. */
  readonly distinguish: (id: string, past: Past) => Promise<void>;
  /** Keys, certificates and ports, which only its operator has. Without them the story omits the scenes behind the gateway. */
  readonly inside?: Pick<System, 'ports' | 'pki'>;
}
