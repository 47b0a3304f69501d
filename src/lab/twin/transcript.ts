import type { BookEvent } from '../scenarios/book.ts';
import type { GitHubUnderTest } from '../scenarios/github-under-test.ts';
import { normalise } from './normalise.ts';
import { sayAnswer } from './say-answer.ts';

/** One thing that was tried, and what came of it, without names and ids of the place. */
export interface Line {
  readonly phase: string;
  readonly kind: 'answer' | 'expectation';
  /** What was asked, or what was expected: the same on every GitHub. */
  readonly asked: string;
  found: string;
}

/** Everything that a scenario asked one GitHub and was told, in order. */
export class Transcript {
  readonly lines: Line[] = [];
  /** Notes of the scenario: what was left out there. */
  readonly notes: string[] = [];
  /** A forge elsewhere may take itself for github.com in what it says. */
  readonly #names: [string, string][] = [
    ['https://github.com', '<github>'],
    ['https://api.github.com', '<api>'],
  ];
  /** States that say how far jobs had come when they were asked for. */
  readonly #hurried: readonly string[];
  #phase = 'set-up';
  readonly #roles = new Map<string, string>();

  /** `jobs`: they run beside the scenario, so that what depends on how far they are is an accident. */
  constructor(options: { readonly jobs?: boolean } = {}) {
    this.#hurried = options.jobs === true ? ['mergeable', 'mergeable_state'] : [];
  }

  /** The same GitHub, whose answers to the scenario's own requests are written down. */
  of(github: GitHubUnderTest): GitHubUnderTest {
    this.#names.push([github.urls.api, '<api>'], [github.urls.html, '<github>']);
    return {
      ...github,
      fetch: async (input, init) => {
        const line = this.#open(String(input), init, github.urls.api);
        const answer = await github.fetch(input, init);
        if (line === undefined) return answer;
        const text = await answer.text();
        line.found = normalise(sayAnswer(line.asked, answer.status, text, this.#hurried), this.#names);
        const bodyless = answer.status === 204 || answer.status === 304;
        const again = new Response(bodyless ? null : text, { status: answer.status, headers: [...answer.headers] });
        Object.defineProperty(again, 'url', { value: answer.url });
        return again;
      },
      cast: async (wanted) => {
        const given = await github.cast(wanted);
        for (const [role, { login, token }] of given.people) {
          this.#names.push([login, `<${role}>`]);
          this.#roles.set(token, role);
        }
        for (const [name, { slug }] of given.apps) this.#names.push([slug, `<${name} App>`]);
        return given;
      },
    };
  }

  event(event: BookEvent): void {
    if (event.kind === 'note') this.notes.push(event.text);
    if (event.kind === 'phase') this.#phase = `${event.number}. ${event.title}`;
    if (event.kind !== 'expectation') return;
    const { text, result, found } = event.expectation;
    const said = result === 'skipped' ? `skipped: ${found}` : `${result}: ${found}`;
    this.lines.push({
      phase: this.#phase,
      kind: 'expectation',
      asked: normalise(text, this.#names),
      found: normalise(said, this.#names),
    });
  }

  #open(url: string, init: RequestInit | undefined, api: string): Line | undefined {
    const rest = pathIn(url, api);
    if (rest === undefined) return undefined;
    const headers = new Headers(init?.headers);
    const token = (headers.get('authorization') ?? '').replace(/^(?:token|bearer) /i, '');
    const who = token === '' ? 'nobody' : (this.#roles.get(token) ?? 'an App');
    const path = normalise(rest, this.#names);
    const line: Line = {
      phase: this.#phase,
      kind: 'answer',
      asked: `${who}: ${init?.method ?? 'GET'} ${path || '/'}`,
      found: 'no answer',
    };
    this.lines.push(line);
    return line;
  }
}

/** A request's path under the API; ids but for the numbers of issues and pull requests are a place's own. */
function pathIn(url: string, api: string): string | undefined {
  // GitHub Enterprise has GraphQL beside REST, not under it.
  if (url === api.replace(/\/v3$/, '/graphql')) return '/graphql';
  if (!url.startsWith(api)) return undefined;
  return url.slice(api.length).replaceAll(/(?<!\/(?:pulls|issues))\/\d+(?=[/?]|$)/g, '/<id>');
}
