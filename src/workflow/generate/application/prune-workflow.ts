import { imageOf, type PruneConfig, releaseUnits, type ServicesConfig } from '../../../config/services.ts';
import { pruneEnvironment } from '../../../model/github-environments.ts';
import { ghcr, loginSteps, placeOf } from '../login-steps.ts';
import type { Pins } from '../pins.ts';
import type { Fields } from '../render-yaml.ts';
import { appEnv, run, runsOn, trunkline } from '../steps.ts';

/** Takes images away that nothing uses. The button says what would go, unless it is told to delete. */
export function pruneWorkflow(config: ServicesConfig, prune: PruneConfig, pins: Pins): Fields {
  const place = config.registry === undefined ? ghcr : placeOf(config.registry, '-prune');
  const [owner = ''] = config.infra.split('/');
  const images = [...releaseUnits(config).values()].map((unit) => imageOf(config, unit, owner));
  return {
    name: 'Prune',
    on: {
      schedule: [{ cron: prune.schedule }],
      workflow_dispatch: {
        inputs: {
          delete: { description: 'Delete, and not only say what would go', type: 'boolean', default: false },
        },
      },
    },
    permissions: {},
    concurrency: { group: 'prune', 'cancel-in-progress': false },
    jobs: {
      prune: {
        'runs-on': runsOn(config.runners.publish),
        'timeout-minutes': 30,
        environment: { name: pruneEnvironment, deployment: false },
        strategy: { 'fail-fast': false, matrix: { image: images } },
        permissions: place.kind === 'ecr' ? { 'id-token': 'write' } : { packages: 'write' },
        steps: [
          trunkline(pins),
          ...loginSteps(pins, place),
          run(
            'Prune',
            `trunkline ci prune "$IMAGE" --infra "$INFRA" --list ${place.kind} --keep-newest ${prune.newest} --minimum-age ${Math.round(prune.age / 3_600_000)}h \${DELETE:+"$DELETE"}`,
            {
              IMAGE: '${{ matrix.image }}',
              INFRA: config.infra,
              DELETE: "${{ (github.event_name == 'schedule' || inputs.delete) && '--delete' || '' }}",
              GITHUB_TOKEN: '${{ github.token }}',
              ...appEnv,
            },
          ),
        ],
      },
    },
  };
}
