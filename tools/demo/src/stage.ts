import { distinguish } from '@reputable/dev';
import type { Past, System } from '@reputable/dev';

/** Where the story plays. */
export interface Stage {
  /** The public API. */
  readonly graphql: string;
  /** Gives somebody a past: reputation, roles. No API does that. */
  readonly distinguish: (id: string, past: Past) => Promise<void>;
  /** What only those have who run the system: keys, certificates, straight ways to the services. Without it those scenes are left out. */
  readonly inside?: Pick<System, 'dataDir' | 'databaseUrl' | 'ports' | 'pki'>;
}

/** A system that the demo has started itself. */
export const stageOf = (system: System): Stage => ({
  graphql: system.urls.graphql,
  distinguish: (id, past) => distinguish(system.databaseUrl('user'), id, past),
  inside: system,
});

/** A system that runs somewhere, seen from outside. */
export const stageAt = (graphql: string, userDatabase: string): Stage => ({
  graphql,
  distinguish: (id, past) => distinguish(userDatabase, id, past),
});
