import { z } from 'zod';
import { environmentsDocument } from './environments-schema.ts';
import { servicesDocument } from './services-schema.ts';

const options = { io: 'input', unrepresentable: 'any' } as const;

/** What editors check trunkline.yaml by, each document of it: one of the two kinds. */
export const configSchema: unknown = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'trunkline.yaml',
  type: 'object',
  required: ['kind'],
  oneOf: [servicesDocument, environmentsDocument].map((one) => withoutDialect(z.toJSONSchema(one, options))),
};

function withoutDialect({ $schema: _, ...schema }: Readonly<Record<string, unknown>>): unknown {
  return schema;
}
