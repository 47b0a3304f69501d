import type { Fields } from './render-yaml.ts';
import { run } from './steps.ts';

/** One open issue for each label: what is found again is a comment on it. `said`: an expression for what was found. */
export function issueStep(label: string, title: string, said?: string): Fields {
  return run(
    'Open an issue, or say it on the one there is',
    `gh label create "$LABEL" --repo "$GITHUB_REPOSITORY" --force > /dev/null
body="$TITLE: $GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID"
${said === undefined ? '' : `[ -z "$SAID" ] || body=$(printf '%s\\n\\n~~~\\n%s\\n~~~\\n' "$body" "$SAID")\n`}number=$(gh issue list --repo "$GITHUB_REPOSITORY" --label "$LABEL" --state open --limit 1 --json number --jq '.[].number')
if [ -n "$number" ]; then
  gh issue comment "$number" --repo "$GITHUB_REPOSITORY" --body "$body"
else
  gh issue create --repo "$GITHUB_REPOSITORY" --label "$LABEL" --title "$TITLE" --body "$body"
fi
`,
    { LABEL: label, TITLE: title, ...(said === undefined ? {} : { SAID: said }), GH_TOKEN: '${{ github.token }}' },
  );
}
