import { databaseSettings } from '@reputable/database';
import { addresses, common } from '@reputable/service';
import { z } from 'zod';

/** The settings of the comment service. */
export const Config = z.object({
  ...common,
  ...databaseSettings,
  ...addresses('comment'),
});

/** The parsed settings. */
export type Config = z.output<typeof Config>;
