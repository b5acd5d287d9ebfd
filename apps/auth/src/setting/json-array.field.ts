import { z } from 'zod';

/** A list of objects as a JSON array; empty text means none. @param what the message if it is no such array */
export const jsonArray = <Element extends z.ZodType>(element: Element, what: string) =>
  z
    .string()
    .default('[]')
    .transform((json, context): unknown => {
      try {
        return json.trim() === '' ? [] : JSON.parse(json);
      } catch {
        context.addIssue({ code: 'custom', message: what });
        return z.NEVER;
      }
    })
    .pipe(z.array(element, { error: what }));
