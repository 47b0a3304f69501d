import {
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLResolveInfo,
  getNamedType,
  isInputObjectType,
} from 'graphql';
import type { Args } from './node.ts';

/** The schema's own default, whether somebody wrote it or not, asks for nothing special. */
export function isSchemaDefault(info: GraphQLResolveInfo, path: string, given: Args): boolean {
  const [first, ...inner] = path.split('.');
  let declared: GraphQLArgument | GraphQLInputField | undefined = info.parentType
    .getFields()
    [info.fieldName]?.args.find((one) => one.name === first);
  let value = given[first ?? ''];
  for (const name of inner) {
    const type = declared === undefined ? undefined : getNamedType(declared.type);
    declared = isInputObjectType(type) ? type.getFields()[name] : undefined;
    value = (value as Args)[name];
  }
  return declared?.defaultValue !== undefined && declared.defaultValue === value;
}
