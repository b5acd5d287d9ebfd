import { field } from '@reputable/request';
import { z } from 'zod';

export const UnlinkLogIn = z.object({ id: field.id() });
