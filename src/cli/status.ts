import type { Command } from 'commander';
import { configPath, serviceNames } from '../config/config.ts';
import { activeHold, branchPrefix, describeHold } from '../delivery/change.ts';
import type { State } from '../delivery/state.ts';
import { TrunklineError } from '../errors.ts';
import { appendSummary } from '../github/job-outputs.ts';
import { readPin } from '../manifest/manifest.ts';
import { shortDigest } from '../model/digest.ts';
import type { Ports } from '../ports.ts';
import { detectedFolders, detectPlaces } from '../state/detect-places.ts';
import { readState } from '../state/read-state.ts';
import { deliveryCommand } from './delivery/options.ts';
import { type CommonOptions, openSession, type Session } from './delivery/session.ts';
import { table } from './print/table.ts';

interface Row {
  readonly service: string;
  readonly environment: string;
  /** A digest, or the text that is pinned instead of one; null before the first release. */
  readonly pin: string | null;
  /** ISO 8601 of the last deployment of what is pinned. */
  readonly deployed: string | null;
  readonly healthy: boolean | null;
  readonly hold: string | null;
  readonly pulls: readonly string[];
}

export function statusCommand(ports: Ports): Command {
  return deliveryCommand('status', 'what is where, what is held, what waits', 'trunkline status --json').action(
    async (options: CommonOptions) => {
      const session = await openSession(ports, { ...options, dryRun: true });
      const { commit, rows, notes } = await readRows(ports, session);
      if (options.json === true) {
        const { repository } = session;
        ports.stdout.write(`${JSON.stringify({ repository, commit, places: rows, notes }, undefined, 2)}\n`);
        return;
      }
      const cells = rows.map((row) => [
        row.service,
        row.environment,
        row.pin === null ? '-' : short(row.pin),
        since(row),
        [row.hold ?? '', ...row.pulls].filter((text) => text !== '').join('; '),
      ]);
      const head = ['service', 'environment', 'release', 'deployed', ''];
      ports.stdout.write(`${table([head, ...cells])}\n`);
      for (const note of notes) ports.stderr.write(`note: ${note}\n`);
      appendSummary(ports, [head, head.map(() => '---'), ...cells].map((line) => `| ${line.join(' | ')} |`).join('\n'));
    },
  );
}

interface Found {
  readonly commit: string;
  readonly rows: readonly Row[];
  readonly notes: readonly string[];
}

async function readRows(ports: Ports, session: Session): Promise<Found> {
  const read = { ...session, now: ports.clock.now() };
  let first: State;
  try {
    first = await readState(session.github, { ...read, deployments: [] });
  } catch (error) {
    if (error instanceof TrunklineError && error.code === 'NOT_FOUND') return detectedRows(session, error);
    throw error;
  }
  const names = first.config.environments.map((one) => one.name);
  const state = await readState(session.github, { ...read, deployments: names });
  const signed = state.config.accept.filter((one) => one.signer !== undefined).map((one) => one.repository);
  return {
    commit: state.baseOid,
    rows: statusRows(state),
    notes: signed.map(
      (repository) =>
        `the signer of ${repository} is not verified yet: whoever may write deployments there can propose any digest`,
    ),
  };
}

/** A repository without trunkline.yaml: what its JSON manifests pin, and nothing else. */
async function detectedRows(session: Session, missing: TrunklineError): Promise<Found> {
  const { commit, places } = await detectPlaces(session.github, session.repository);
  if (places.length === 0) {
    throw new TrunklineError('NOT_FOUND', missing.message, {
      hint: `without it, manifests are looked for in ${detectedFolders.map((folder) => `${folder}/*.json`).join(' and ')}: none pins an image`,
    });
  }
  const rows = places.map(
    ({ service, environment, pin }): Row => ({
      service,
      environment,
      pin: pin.digest ?? pin.tag ?? pin.text,
      deployed: null,
      healthy: null,
      hold: null,
      pulls: [],
    }),
  );
  const files = [...new Set(places.map((one) => one.file))].join(', ');
  return {
    commit,
    rows: rows.sort((a, b) => a.service.localeCompare(b.service)),
    notes: [`no ${configPath}: found in ${files}`],
  };
}

function statusRows(state: State): readonly Row[] {
  return serviceNames(state.config).flatMap((service) =>
    state.config.environments.map(({ name: environment }): Row => {
      const pin = readPin(state.config, state.files, service, environment);
      const hold = activeHold(state, service, environment);
      const here = state.deployments.find(
        (one) => one.service === service && one.environment === environment && one.digest === pin?.digest,
      );
      const waits = new RegExp(`^${branchPrefix}[a-z]+/${literal(environment)}/${literal(service)}(?:-[0-9a-f]{12})?$`);
      return {
        service,
        environment,
        pin: pin?.digest ?? pin?.text ?? null,
        deployed: here?.at ?? null,
        healthy: here?.succeeded ?? null,
        hold: hold === undefined ? null : describeHold(hold),
        pulls: state.pulls
          .filter((pull) => waits.test(pull.branch))
          .map((pull) => `#${pull.number} ${pull.branch.slice(branchPrefix.length).split('/')[0] ?? ''} is open`),
      };
    }),
  );
}

function since({ deployed, healthy }: Row): string {
  return deployed === null ? '-' : `${deployed.slice(0, 16).replace('T', ' ')}${healthy === true ? '' : ' failed'}`;
}

function short(pin: string): string {
  return pin.startsWith('sha256:') ? shortDigest(pin) : pin;
}

function literal(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
