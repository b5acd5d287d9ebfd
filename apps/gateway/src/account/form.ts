import { requestInvalid } from '../graphql/request.errors.ts';
import { z } from 'zod';

/** The form of a button alone. */
export const EmptyForm = z.strictObject({});

/** The form of a button that acts on one row of a list. */
export const IdForm = z.strictObject({ id: z.string() });

/**
 * Reads a form. It must have exactly the fields of our page; the service validates what they contain.
 *
 * @throws DomainError REQUEST_INVALID
 */
export function readForm<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const { data, success } = schema.safeParse(body ?? {});
  if (!success) throw requestInvalid('The form is not the one of this page. Open the page again.');
  return data;
}
