import { type SubjectForm, subjectsOf, type TrustedRepository } from './subject.ts';

const issuer = 'https://token.actions.githubusercontent.com';

/** How Google's and Microsoft's clouds and GitHub's registry trust jobs of a repository, with its own numbers in it. */
export function federationGuide(
  trusted: TrustedRepository,
  environments: readonly string[],
  form: SubjectForm,
): string {
  const { repository, id, owner } = trusted;
  const subjects = environments.map((name) => ({ name, subjects: subjectsOf(trusted, name, form) }));
  return `# Trust for ${repository}

Written by \`trunkline settings trust\`. Each environment is trusted by itself: a job that names no environment, or a pull
request, gets nothing. What may deploy should not be what may push, and neither what may delete.

## GitHub's registry

Nothing is to be set up: the publish job pushes with its own token (\`packages: write\`), which ends with the job. After the
first push, open the package's settings and leave *Manage Actions access* at this repository alone. Deleting versions
takes \`delete:packages\`, which no job's token has: keep that token in an environment of its own.

## Google Cloud

\`\`\`sh
gcloud iam workload-identity-pools create github --location global
gcloud iam workload-identity-pools providers create-oidc ${slug(repository)} \\
  --location global --workload-identity-pool github --issuer-uri ${issuer} \\
  --attribute-mapping 'google.subject=assertion.sub,attribute.environment=assertion.environment' \\
  --attribute-condition "assertion.repository_id == '${id}' && assertion.repository_owner_id == '${owner.id}'"
\`\`\`

Then, for each environment, a service account of its own, with \`$POOL\` the pool's full name:

\`\`\`sh
${subjects
  .map(({ subjects: all, name }) =>
    all
      .map(
        (subject) =>
          `gcloud iam service-accounts add-iam-policy-binding ${name}@$PROJECT.iam.gserviceaccount.com \\
  --role roles/iam.workloadIdentityUser --member "principal://iam.googleapis.com/$POOL/subject/${subject}"`,
      )
      .join('\n'),
  )
  .join('\n')}
\`\`\`

Give the account that pushes \`roles/artifactregistry.writer\` on one repository, the one that looks at signatures
\`roles/artifactregistry.reader\`, and make that repository's tags immutable
(\`gcloud artifacts repositories update NAME --immutable-tags\`).

## Azure

An application, or a managed identity, for each environment; Azure compares subjects letter by letter:

\`\`\`sh
${subjects
  .map(({ subjects: all, name }) =>
    all
      .map((subject, index) => {
        const credential = {
          name: `${slug(repository)}-${name}${index === 0 ? '' : `-${index + 1}`}`,
          issuer,
          subject,
          audiences: ['api://AzureADTokenExchange'],
        };
        return `az ad app federated-credential create --id "$APP_${name.toUpperCase().replaceAll(/\W/g, '_')}" --parameters '${JSON.stringify(credential)}'`;
      })
      .join('\n'),
  )
  .join('\n')}
\`\`\`

Give the identity that pushes \`AcrPush\` on one registry, the one that cleans \`AcrDelete\`, and the one that looks at signatures
\`AcrPull\`; the one that deploys gets none of them.
`;
}

function slug(repository: string): string {
  return repository
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 32)
    .replace(/-$/, '');
}
