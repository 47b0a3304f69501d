import {
  type ActionCall,
  type ActionResult,
  type BuiltInAction,
  booleanInput,
  input,
} from '../../runner/actions/action.ts';

const drivers = ['docker-container', 'docker', 'kubernetes', 'remote', 'cloud'];
const architectures = ['386', 'amd64', 'arm', 'arm64', 'loong64', 'mips64', 'mips64le', 'ppc64le', 'riscv64', 's390x'];

/** docker/setup-buildx-action: the lab builds by itself; what the action or buildx would refuse is refused. */
export const setupBuildx: BuiltInAction = {
  name: 'docker/setup-buildx-action',
  fidelity: 'stand-in',
  run: async (call) => {
    const driver = input(call, 'driver', 'docker-container');
    if (booleanInput(call, 'keep-state', false) && driver !== 'docker-container')
      throw new Error(`Cannot use keep-state with ${driver} driver`);
    if (!drivers.includes(driver)) throw new Error(`ERROR: failed to find driver "${driver}"`);
    const name = input(call, 'name', `builder-${call.jobId}`);
    return nothingToDo(call, {
      name,
      driver,
      platforms: 'linux/amd64,linux/arm64',
      nodes: JSON.stringify([{ name: `${name}0`, platforms: 'linux/amd64,linux/arm64', status: 'running' }]),
    });
  },
};

/** docker/setup-qemu-action: the lab packs for any platform; a platform that there is no emulator for is refused. */
export const setupQemu: BuiltInAction = {
  name: 'docker/setup-qemu-action',
  fidelity: 'stand-in',
  run: async (call) => {
    const asked = input(call, 'platforms', 'all')
      .split(',')
      .map((platform) =>
        platform
          .trim()
          .replace(/^linux\//, '')
          .replace(/\/v\d$/, ''),
      );
    const unknown = asked.find((platform) => platform !== 'all' && !architectures.includes(platform));
    if (unknown !== undefined) throw new Error(`error: unknown architecture "${unknown}"`);
    const all = asked.includes('all') ? architectures : asked;
    return nothingToDo(call, { platforms: all.map((one) => `linux/${one}`).join(',') });
  },
};

function nothingToDo(call: ActionCall, outputs: Readonly<Record<string, string>>): ActionResult {
  call.log(`The lab builds images by itself: there is nothing for ${call.uses} to set up.`);
  return { conclusion: 'success', outputs };
}
