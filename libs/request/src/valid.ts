import { invalid } from '@reputable/errors';
import type { z } from 'zod';

/**
 * Validates a request and returns the schema's output.
 *
 * @throws DomainError INVALID_ARGUMENT with the violations, not only the first one, fields named as in the contract
 */
export function valid<S extends z.ZodType>(schema: S, request: unknown): z.output<S> {
  const result = schema.safeParse(request);
  if (result.success) return result.data;
  throw invalid(result.error.issues.map(({ path, message }) => ({ field: contractPath(path), description: message })));
}

/** Maps `['events', 2, 'userId']` to the contract's notation: `events[2].user_id`. */
function contractPath(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${String(part)}]` : `.${snakeCase(String(part))}`))
    .join('')
    .replace(/^\./, '');
}

const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
