import { databaseSettings } from '@reputable/database';
import { votesPerMinute } from '@reputable/reputation';
import { addresses, common } from '@reputable/service';
import { z } from 'zod';

/** The settings of the comment service. */
export const Config = z.object({
  ...common,
  ...databaseSettings,
  ...addresses('comment'),
  /** The votes that a user may cast, change or retract in a minute; 0 for no limit. Replicas share the count. */
  VOTES_PER_MINUTE: votesPerMinute(),
});

/** The parsed settings. */
export type Config = z.output<typeof Config>;
