import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import type { ReplaceScript } from '../../runner/job/stand-in-programs.ts';
import { standInMark } from '../../runner/job/stand-in-programs.ts';
import { findProgram } from '../../runner/process/find-program.ts';
import { installScripts } from '../../workflow/generate/steps.ts';
import { type Launched, launcher, quoted } from '../launcher.ts';
import type { ProgramName } from './programs.ts';

export interface WrittenPrograms {
  /** PATH of jobs. */
  readonly path: string;
  /** What the generator writes to install a tool: in a lab github.com is the lab, where no tool is released. */
  readonly replaceScript: ReplaceScript;
}

/** On every machine of GitHub's; here the machine's own, where it has one. */
const preinstalled: readonly ProgramName[] = ['shellcheck', 'yamllint'];
/** Fetched by generated workflows. */
const fetched: readonly ProgramName[] = ['gitleaks', 'hadolint', 'trivy'];
/** What tries an image; docker's other commands are left to docker. */
const dockerCommands = 'run|pull|port|logs|stop|kill|rm';
const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Writes a starter for each program that stands for another, into a folder of the lab's own. A step in which one runs is a
 * stand-in; a program that this machine has comes first.
 */
export async function writePrograms(lab: {
  readonly folder: string;
  readonly launched: Launched;
  readonly path: string | undefined;
  /** Whether the lab has a repository of this name: then its releases are asked for, as anywhere. */
  readonly isRepository: (fullName: string) => boolean;
}): Promise<WrittenPrograms> {
  const own = lab.path === undefined || lab.path === '' ? defaultPath : lab.path;
  const write = (name: ProgramName, before: readonly string[] = []): string => {
    const file = join(lab.folder, name, name);
    mkdirSync(dirname(file), { recursive: true });
    const mark = `[ -z "\${RUNNER_TEMP:-}" ] || echo ${name} >> "$RUNNER_TEMP/${standInMark}"`;
    writeFileSync(file, launcher(lab.launched, `lab stand-in ${name} -- "$@"`, [...before, mark]), { mode: 0o755 });
    return dirname(file);
  };
  const first = write('docker', leftToDocker(await findProgram('docker', own)));
  const last = preinstalled.map((name) => write(name));
  const tools = new Map(fetched.map((name): [string, string] => [name, write(name)]));
  return {
    path: [first, own, ...last].join(delimiter),
    replaceScript: async (script, { TOOL: tool = '', URL: url = '' }) => {
      if (!Object.values<string>(installScripts).includes(script)) return undefined;
      const repository = /^https:\/\/github\.com\/([^/]+\/[^/]+)\/releases\/download\//.exec(url)?.[1];
      if (repository === undefined || lab.isRepository(repository)) return undefined;
      const here = await findProgram(tool, own);
      if (here !== undefined)
        return {
          path: dirname(here),
          said: `${tool} of this machine: ${here}, not that of ${url}`,
          fidelity: 'built-in',
        };
      const path = tools.get(tool);
      if (path === undefined) return undefined;
      return {
        path,
        said: `stand-in: ${tool} is not on this machine, and ${url} is not in the lab`,
        fidelity: 'stand-in',
      };
    },
  };
}

/** Lines of the starter that hand over to docker itself: where it answers, and for what only docker can. */
function leftToDocker(docker: string | undefined): readonly string[] {
  if (docker === undefined) {
    const said = `docker is not on this machine, and the lab stands for these commands of it only: ${dockerCommands}`;
    return [`case "\${1:-}" in ${dockerCommands}) ;; *) echo ${quoted(said)} >&2; exit 1 ;; esac`];
  }
  return [
    `case "\${1:-}" in ${dockerCommands}) ;; *) exec ${quoted(docker)} "$@" ;; esac`,
    `if ${quoted(docker)} info --format '{{.ServerVersion}}' > /dev/null 2>&1; then exec ${quoted(docker)} "$@"; fi`,
  ];
}
