import { TrunklineError } from '../errors.ts';
import { type Digest, isDigest } from '../model/digest.ts';
import type { Ports } from '../ports.ts';
import type { ImageRepository } from './registry-client.ts';
import { type AwsKeys, signAwsRequest } from './sigv4.ts';

const host = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/;

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
  /** Answers whether it was there. @throws REGISTRY_FAILED naming ECR's own reason */
  remove(digest: Digest): Promise<boolean>;
}

/** With the keys that configure-aws-credentials leaves in the environment. @throws INPUT_INVALID */
export function openEcr(
  { env, fetch, clock }: Pick<Ports, 'env' | 'fetch' | 'clock'>,
  { registry, repository }: ImageRepository,
): EcrRepository {
  const [, registryId = '', region = ''] = host.exec(registry) ?? [];
  if (registryId === '')
    throw new TrunklineError('INPUT_INVALID', `expected a repository of ECR, found ${registry}`, {
      hint: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/bookstore/orders',
    });
  const keys = keysIn(env);
  const url = new URL(`https://api.ecr.${region}.amazonaws.com/`);
  const call = async <Answer>(action: string, input: object): Promise<Answer> => {
    const body = JSON.stringify({ registryId, repositoryName: repository, ...input });
    const headers = signAwsRequest(
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
    const { host: _, ...sent } = headers;
    const response = await fetch(url, { method: 'POST', headers: sent, body });
    const answer = (await response.json().catch(() => ({}))) as Answer & { message?: string; __type?: string };
    if (response.ok) return answer;
    throw new TrunklineError(
      'REGISTRY_FAILED',
      `ECR answered ${response.status} to ${action}: ${answer.__type ?? ''} ${answer.message ?? ''}`.trim(),
      { hint: `the role needs ecr:${action} on ${repository}` },
    );
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
      if (failure === undefined) return true;
      if (failure.failureCode === 'ImageNotFound') return false;
      throw new TrunklineError(
        'REGISTRY_FAILED',
        `ECR did not delete ${digest}: ${failure.failureCode ?? ''} ${failure.failureReason ?? ''}`.trim(),
      );
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
