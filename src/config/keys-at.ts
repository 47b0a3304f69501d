import { z } from 'zod';

/** The keys that a schema knows at a path, for suggestions; none where nothing is known by name there. */
export function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  const objects = path.reduce<readonly z.ZodType[]>((at, key) => at.flatMap((one) => below(one, key)), forms(schema));
  return [...new Set(objects.flatMap((one) => (one instanceof z.ZodObject ? Object.keys(one.shape) : [])))];
}

function below(schema: z.ZodType, key: PropertyKey): readonly z.ZodType[] {
  if (schema instanceof z.ZodObject) {
    const shape: Readonly<Record<string, z.ZodType>> = schema.shape;
    return typeof key === 'string' && Object.hasOwn(shape, key) ? forms(shape[key]) : [];
  }
  if (schema instanceof z.ZodRecord) return forms(schema.valueType);
  return schema instanceof z.ZodArray ? forms(schema.element) : [];
}

/** What a schema may be, without what is wrapped around it. */
function forms(schema: unknown): readonly z.ZodType[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return forms(schema.unwrap());
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(forms);
  return schema instanceof z.ZodType ? [schema] : [];
}
