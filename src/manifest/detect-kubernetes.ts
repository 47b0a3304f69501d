import { TrunklineError } from '../errors.ts';
import type { DetectContext, DetectedPlace } from './detect-places.ts';
import { environmentOf } from './environment-of.ts';
import { yamlImages } from './yaml-images.ts';

const workloads = /^(?:Deployment|StatefulSet|DaemonSet|Job|CronJob|Pod|ReplicaSet|Rollout|HelmRelease)$/;

/** Plain Kubernetes manifests in a folder, or a file, that names an environment: the image of each container, or of a chart's values. */
export function detectKubernetes({ files, unreadable }: DetectContext): readonly DetectedPlace[] {
  return [...files].flatMap(([file, text]): DetectedPlace[] => {
    const where = environmentOf(file);
    if (where === undefined || !/\.ya?ml$/.test(file) || !/^kind:/m.test(text)) return [];
    try {
      const images = yamlImages(file, text).filter((one) => workloads.test(one.object.kind ?? ''));
      return images.map(({ keys, document, pin, object, entry }) => {
        const alone = images.filter((one) => one.document === document).length === 1;
        return {
          service: (alone ? object.name : (entry ?? object.name)) ?? pin.image?.split('/').at(-1) ?? file,
          environment: where.environment,
          ...(where.region === undefined ? {} : { region: where.region }),
          layout: 'kubernetes',
          place: { kind: 'yaml', file, keys, document },
          pin,
        };
      });
    } catch (error) {
      if (!(error instanceof TrunklineError)) throw error;
      unreadable(file, error);
      return [];
    }
  });
}
