import { required } from '@reputable/service';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** The path of a file with a secret; parsed to the secret. Errors never contain it. @param what names the secret */
export const secretFile = (what: string) =>
  required(`the path of the file with ${what}`)
    .max(200, { error: `must have 200 characters at most: the path of the file with ${what}.` })
    .transform((path, context) => {
      try {
        const secret = readFileSync(path, 'utf8').trim();
        if (secret !== '') return secret;
        context.addIssue({ code: 'custom', message: `names ${path}, which is empty.` });
      } catch (error) {
        context.addIssue({
          code: 'custom',
          message: `names ${path}, which cannot be read (${String((error as NodeJS.ErrnoException).code)}).`,
        });
      }
      return z.NEVER;
    });
