import { databaseSettings, runMigrations } from '@reputable/database';
import { readConfig } from '@reputable/service';
import { z } from 'zod';
import { schema } from './schema.ts';

await runMigrations('auth', () => ({ ...schema, url: readConfig(z.object(databaseSettings)).DATABASE_URL }));
