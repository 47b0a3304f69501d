import type { RegistryPlace } from './login-steps.ts';
import type { Fields } from './render-yaml.ts';
import { run } from './steps.ts';

/** What a job cannot do without: by its name, the expression that holds it. */
export interface Need {
  readonly name: string;
  readonly value: string;
  /** An expression; undefined: always. */
  readonly condition?: string;
}

/** What logging in to a registry takes that somebody has to set. */
export function needsOf({ login, variable, condition }: RegistryPlace): readonly Need[] {
  const when = condition === undefined ? {} : { condition };
  return [
    ...(login === undefined ? [] : [login.username, login.password].map((name) => ({ ...secretNeed(name), ...when }))),
    ...(variable === undefined ? [] : [{ name: variable, value: `\${{ vars.${variable} }}`, ...when }]),
  ];
}

export function secretNeed(name: string): Need {
  return { name, value: `\${{ secrets.${name} }}` };
}

/** Names what is missing, all of it, before anything is done; none where nothing is needed. */
export function preflightSteps(needs: readonly Need[], environment: string): readonly Fields[] {
  if (needs.length === 0) return [];
  const always = needs.filter(({ condition }) => condition === undefined);
  const conditions = [...new Set(needs.flatMap(({ condition }) => condition ?? []))];
  const wanted = [
    ...(always.length === 0 ? [] : [always.map(({ name }) => name).join(' ')]),
    ...conditions.map((condition) => {
      const names = needs.filter((one) => one.condition === condition).map(({ name }) => name);
      return `\${{ ${condition} && '${names.join(' ')}' || '' }}`;
    }),
  ];
  return [
    run(
      'Look for what this job needs',
      `missing=
for name in $WANTED; do [ -n "\${!name}" ] || missing="$missing $name"; done
[ -z "$missing" ] || { echo "::error title=Missing settings::expected in the environment $ENVIRONMENT:$missing"; exit 1; }
`,
      {
        ENVIRONMENT: environment,
        WANTED: wanted.join(' '),
        ...Object.fromEntries(needs.map(({ name, value }) => [name, value])),
      },
    ),
  ];
}
