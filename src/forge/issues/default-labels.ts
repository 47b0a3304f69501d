import type { Forge } from '../forge.ts';
import type { Repository } from '../rows.ts';
import { timestamp } from '../timestamp.ts';

/** Name, colour and description of the labels of a new repository (docs.github.com, "Managing labels"). */
const labels: readonly (readonly [string, string, string])[] = [
  ['bug', 'd73a4a', "Something isn't working"],
  ['documentation', '0075ca', 'Improvements or additions to documentation'],
  ['duplicate', 'cfd3d7', 'This issue or pull request already exists'],
  ['enhancement', 'a2eeef', 'New feature or request'],
  ['good first issue', '7057ff', 'Good for newcomers'],
  ['help wanted', '008672', 'Extra attention is needed'],
  ['invalid', 'e4e669', "This doesn't seem right"],
  ['question', 'd876e3', 'Further information is requested'],
  ['wontfix', 'ffffff', 'This will not be worked on'],
];

/** Inside a transaction. */
export function addDefaultLabels(forge: Forge, repository: Repository): void {
  const { store } = forge;
  const createdAt = timestamp(forge);
  for (const [name, color, description] of labels) {
    const id = store.next('labels');
    store.labels.put({ id, repositoryId: repository.id, name, color, description, default: true, createdAt });
  }
}
