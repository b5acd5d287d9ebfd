import type { DatabaseSchema } from '@reputable/database';
import { CreateProfiles1763700000000 } from './migrations/1763700000000-create-profiles.ts';
import { IndexUndoneEvents1763700000031 } from './migrations/1763700000031-index-undone-events.ts';
import { Profile } from './profile/profile.entity.ts';
import { ReputationEvent } from './reputation/reputation-event.entity.ts';

/** The service's entities and migrations. */
export const schema: DatabaseSchema = {
  entities: [Profile, ReputationEvent],
  migrations: [CreateProfiles1763700000000, IndexUndoneEvents1763700000031],
};
