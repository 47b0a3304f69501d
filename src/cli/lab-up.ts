import { Command } from 'commander';
import { firstPeople } from '../lab/first-people.ts';
import { type Lab, openLab } from '../lab/lab.ts';
import { announceLab, labFolder } from '../lab/running-lab.ts';
import type { Ports } from '../ports.ts';
import { addLabOptions, interruption, type LabFlags, labOptions } from './lab-options.ts';

/** `trunkline lab up`: a lab until Ctrl-C. */
export function labUpCommand(ports: Ports): Command {
  return addLabOptions(
    new Command('up')
      .description(
        'Opens a lab and keeps it up: a GitHub on this machine, with its runner, registry and deploy target.',
      )
      .option('--folder <path>', 'where it keeps everything (default: a folder of yours)')
      .option('--json', 'say where it is, and a token of everybody in it, as one JSON object'),
  )
    .addHelpText(
      'after',
      '\nExample:\n  $ trunkline lab up --folder ./lab\n  $ trunkline lab shell --folder ./lab -- gh repo list acme',
    )
    .action(async (flags: LabFlags & { folder?: string; json?: true }) => {
      const log = (text: string): void => ports.stderr.write(`${text}\n`);
      const lab = await openLab({
        ...labOptions(flags, ports),
        folder: labFolder(flags.folder, ports),
        schedules: true,
        log,
      });
      const { login, token, tokens } = firstPeople(lab);
      const withdraw = announceLab(lab, login, token);
      try {
        if (flags.json === true) {
          const { folder, urls, port, notes } = lab;
          const said = { pid: process.pid, folder, urls, port, notes, login, tokens, env: lab.env() };
          ports.stdout.write(`${JSON.stringify(said)}\n`);
        } else welcome(lab, login, flags.folder, ports);
        await interruption(ports.interrupted);
      } finally {
        withdraw();
        await lab.close();
      }
    });
}

function welcome(lab: Lab, login: string, asked: string | undefined, ports: Ports): void {
  for (const note of lab.notes) ports.stderr.write(`${note}\n`);
  const folder = asked === undefined ? '' : ` --folder ${asked}`;
  const lines = [
    `The lab is up. Everything of it is in ${lab.folder}`,
    '',
    `  trunkline lab shell${folder}            a shell in which github.com is this lab (you are ${login})`,
    `  eval "$(trunkline lab env${folder})"    the same for the shell you are in`,
    '',
    'and in there, for example',
    '',
    '  gh repo create acme/app --private',
    '  git push https://github.com/acme/app main',
    '  curl -H "Authorization: Bearer $GH_TOKEN" https://api.github.com/repos/acme/app/actions/runs',
    '',
    'Ctrl-C ends it; twice, at once.',
  ];
  ports.stdout.write(`${lines.join('\n')}\n`);
}
