import type { Command } from 'commander';
import type { EnvironmentsConfig } from '../../config/config.ts';
import { routedTo } from '../../delivery/bump.ts';
import { appendSummary, setOutput } from '../../github/job-outputs.ts';
import { readRun } from '../../github/run.ts';
import { requireTag } from '../../model/release.ts';
import type { Ports } from '../../ports.ts';
import { deliveryCommand, refOption } from '../delivery/options.ts';
import { type CommonOptions, readLocal } from '../delivery/session.ts';
import { table } from '../print/table.ts';
import { requireEnvironments } from './deploy.ts';

interface RoutesOptions extends CommonOptions {
  readonly ref?: string;
  readonly tag?: string;
}

interface Row {
  readonly environment: string;
  readonly by: 'branch' | 'tag' | 'suffix' | 'promotion';
  /** A pattern, or the environment that is promoted from. */
  readonly from: string;
}

export function routesCommand(ports: Ports): Command {
  return deliveryCommand(
    'routes',
    'which ref or image tag leads to which environment; outputs: environment, environments',
    'trunkline ci routes --ref refs/heads/release/1.4',
  )
    .option('--ref <ref>', 'where a release of this ref goes (by default the ref of the run)', refOption)
    .option('--tag <tag>', 'where a release with this image tag goes')
    .action((options: RoutesOptions) => {
      const config = requireEnvironments(readLocal(ports.cwd));
      const rows = routeRows(config);
      const ref = options.ref ?? (options.tag === undefined ? readRun(ports.env).ref : undefined);
      const tag = options.tag === undefined ? undefined : requireTag(options.tag);
      const asked = ref !== undefined || tag !== undefined;
      const environments = asked ? routedTo(config, { ref, tag }).map((one) => one.name) : [];
      if (asked) {
        setOutput(ports, 'environments', JSON.stringify(environments));
        // Several only where they are copies of one: then no single one is meant.
        setOutput(ports, 'environment', environments.length === 1 ? (environments[0] ?? '') : '');
      }
      if (options.json === true) {
        const routed = asked ? { release: { ref: ref ?? null, tag: tag ?? null }, environments } : {};
        ports.stdout.write(`${JSON.stringify({ routes: rows, ...routed }, undefined, 2)}\n`);
        return;
      }
      const head = ['environment', 'takes', ''];
      const cells = rows.map(({ environment, by, from }) => [environment, by, from]);
      const said = asked
        ? `${[ref, tag].filter((one) => one !== undefined).join(' ')} → ${environments.join(', ') || 'nowhere'}`
        : '';
      ports.stdout.write(`${table([head, ...cells])}\n${said === '' ? '' : `\n${said}\n`}`);
      const lines = [head, head.map(() => '---'), ...cells].map((line) => `| ${line.join(' | ')} |`);
      appendSummary(ports, [...lines, ...(said === '' ? [] : ['', said])].join('\n'));
    });
}

/** What feeds each environment, in the order of trunkline.yaml. */
function routeRows(config: EnvironmentsConfig): readonly Row[] {
  return config.environments.flatMap(({ name, from }): Row[] => [
    ...config.routes
      .filter((one) => one.to === name)
      .map((one) => ({ environment: name, by: one.by, from: one.pattern })),
    ...(from === undefined ? [] : [{ environment: name, by: 'promotion' as const, from }]),
  ]);
}
