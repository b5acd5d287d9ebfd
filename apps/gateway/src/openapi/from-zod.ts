import { z } from 'zod';

/** Removes the bounds of JavaScript's integers, and lets answers get further fields. */
function relax(schema: z.core.JSONSchema.BaseSchema, schemaType: 'input' | 'output'): void {
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schemaType === 'output' && schema.additionalProperties === false) delete schema.additionalProperties;
}

/** Converts a zod schema to JSON Schema. Schemas with an id become components, wherever they occur. */
export function fromZod(schema: unknown, { schemaType }: { readonly schemaType: 'input' | 'output' }) {
  const { properties = {}, $defs = {} } = z.toJSONSchema(z.object({ schema: schema as z.ZodType }), {
    io: schemaType,
    override: ({ jsonSchema }) => relax(jsonSchema, schemaType),
  });
  return { schema: properties['schema'], components: $defs };
}
