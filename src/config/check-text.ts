import { type Document, visit } from 'yaml';
import type { Problem } from '../errors.ts';
import type { YamlFile } from '../yaml/read-yaml.ts';

/** Nothing said here is evaluated by GitHub: what would be an expression in a generated workflow is refused, wherever it stands. */
export function checkText(yaml: YamlFile, document: Document.Parsed): readonly Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Scalar(_key, node) {
      if (node.value === '__proto__')
        problems.push({
          code: 'CONFIG_INVALID',
          message: 'expected another word, found "__proto__"',
          location: yaml.locate(node),
        });
      if (typeof node.value !== 'string' || !node.value.includes('${{')) return;
      problems.push({
        code: 'CONFIG_INVALID',
        message: 'expected text, found an expression of GitHub’s ("${{"), and none is evaluated here',
        location: yaml.locate(node),
        hint: 'a command finds what it needs in variables of its job, such as "$GITHUB_SHA"; secrets of an environment come by deploy.secrets',
      });
    },
  });
  return problems;
}
