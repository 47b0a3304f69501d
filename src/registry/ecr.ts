import { TrunklineError } from '../errors.ts';
import { type Digest, isDigest } from '../model/digest.ts';
import type { Ports } from '../ports.ts';
import type { ImageRepository, Removal } from './registry-client.ts';
import { withRetries } from './retry.ts';
import { type AwsKeys, signAwsRequest } from './sigv4.ts';

const host = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.(amazonaws\.com(?:\.cn)?)$/;

const attempts = 6;

/** An image of a repository as ECR lists it. */
export interface EcrImage {
  readonly digest: Digest;
  readonly tags: readonly string[];
  readonly pushedAt: number;
}

/** What ECR's own API knows and does beyond the distribution specification. */
export interface EcrRepository {
  /** All images, tagged or not. */
  list(): Promise<readonly EcrImage[]>;
  /** @throws REGISTRY_FAILED naming ECR's own reason */
  remove(digest: Digest): Promise<Removal>;
}

/** With the keys that configure-aws-credentials leaves in the environment. @throws INPUT_INVALID */
export function openEcr(
  { env, fetch, clock }: Pick<Ports, 'env' | 'fetch' | 'clock'>,
  { registry, repository }: ImageRepository,
): EcrRepository {
  const [, registryId = '', region = '', domain = ''] = host.exec(registry) ?? [];
  if (registryId === '')
    throw new TrunklineError('INPUT_INVALID', `expected a repository of ECR, found ${registry}`, {
      hint: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/bookstore/orders',
    });
  const keys = keysIn(env);
  const url = new URL(`https://api.ecr.${region}.${domain}/`);
  const call = async <Answer>(action: string, input: object): Promise<Answer> => {
    const body = JSON.stringify({ registryId, repositoryName: repository, ...input });
    for (let attempt = 1; ; attempt += 1) {
      const { host: _, ...headers } = signAwsRequest(
        {
          method: 'POST',
          url,
          headers: {
            'content-type': 'application/x-amz-json-1.1',
            'x-amz-target': `AmazonEC2ContainerRegistry_V20150921.${action}`,
          },
          body,
        },
        keys,
        { region, service: 'ecr' },
        clock.now(),
      );
      const response = await withRetries(clock, () => fetch(url, { method: 'POST', headers, body }));
      const answer = (await response.json().catch(() => ({}))) as Answer & { message?: string; __type?: string };
      if (response.ok) return answer;
      const { __type: type = '', message = '' } = answer;
      // AWS says 400 for too many at once.
      if (/Throttling|TooManyRequests/.test(type) && attempt < attempts) {
        await clock.sleep(500 * 2 ** attempt);
        continue;
      }
      throw new TrunklineError(
        'REGISTRY_FAILED',
        `ECR answered ${response.status} to ${action}: ${type} ${message}`.trim(),
        { hint: `the role needs ecr:${action} on ${repository}` },
      );
    }
  };
  return {
    list: async () => {
      const images: EcrImage[] = [];
      let nextToken: string | undefined;
      do {
        const page: DescribeImages = await call('DescribeImages', {
          maxResults: 1000,
          ...(nextToken === undefined ? {} : { nextToken }),
        });
        for (const { imageDigest = '', imageTags = [], imagePushedAt = 0 } of page.imageDetails ?? [])
          if (isDigest(imageDigest))
            images.push({ digest: imageDigest, tags: imageTags, pushedAt: imagePushedAt * 1000 });
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
      return images;
    },
    remove: async (digest) => {
      const { failures = [] } = await call<BatchDelete>('BatchDeleteImage', { imageIds: [{ imageDigest: digest }] });
      const [failure] = failures;
      if (failure === undefined) return 'gone';
      const { failureCode = '', failureReason = '' } = failure;
      if (failureCode === 'ImageNotFound') return 'absent';
      return { refused: `ECR did not delete it: ${failureCode} ${failureReason}`.trim() };
    },
  };
}

interface DescribeImages {
  readonly imageDetails?: readonly {
    readonly imageDigest?: string;
    readonly imageTags?: readonly string[];
    /** Seconds since the epoch. */
    readonly imagePushedAt?: number;
  }[];
  readonly nextToken?: string;
}

interface BatchDelete {
  readonly failures?: readonly { readonly failureCode?: string; readonly failureReason?: string }[];
}

function keysIn(env: Ports['env']): AwsKeys {
  const [accessKeyId, secretAccessKey] = [env['AWS_ACCESS_KEY_ID'], env['AWS_SECRET_ACCESS_KEY']];
  if (accessKeyId === undefined || secretAccessKey === undefined)
    throw new TrunklineError('INPUT_INVALID', 'expected keys of AWS in the environment, found none', {
      hint: 'aws-actions/configure-aws-credentials before it, with a role that may describe and delete images',
    });
  const sessionToken = env['AWS_SESSION_TOKEN'];
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}
