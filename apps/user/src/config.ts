import { databaseSettings } from '@reputable/database';
import { addresses, common } from '@reputable/service';
import { z } from 'zod';

/** The settings of the user service. */
export const Config = z.object({
  ...common,
  ...databaseSettings,
  ...addresses('user'),
});

/** The parsed settings. */
export type Config = z.output<typeof Config>;
