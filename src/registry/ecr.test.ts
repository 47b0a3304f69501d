import { expect, test } from 'vitest';
import type { Digest } from '../model/digest.ts';
import { openEcr } from './ecr.ts';
import { signAwsRequest } from './sigv4.ts';

const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };

test('signs as AWS’ own test suite does (get-vanilla)', () => {
  const headers = signAwsRequest(
    { method: 'GET', url: new URL('https://example.amazonaws.com/'), headers: {}, body: '' },
    keys,
    { region: 'us-east-1', service: 'service' },
    Date.parse('2015-08-30T12:36:00Z'),
  );
  expect(headers['authorization']).toBe(
    'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  );
});

const digest = (letter: string): Digest => `sha256:${letter.repeat(64)}` as Digest;
const place = { registry: '123456789012.dkr.ecr.eu-west-1.amazonaws.com', repository: 'shop/api' };

function ecr(answer: (action: string, body: Record<string, unknown>) => { status?: number; json: unknown }) {
  const env = {
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    AWS_SESSION_TOKEN: 't',
  };
  const ports = {
    env,
    clock: { now: () => 0, sleep: () => Promise.resolve() },
    fetch: (async (url: URL, init: RequestInit) => {
      const headers = init.headers as Record<string, string>;
      expect(url.host).toBe('api.ecr.eu-west-1.amazonaws.com');
      expect(headers['authorization']).toContain(
        'SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target',
      );
      const action = headers['x-amz-target']?.split('.')[1] ?? '';
      const { status = 200, json } = answer(action, JSON.parse(String(init.body)) as Record<string, unknown>);
      return Response.json(json, { status });
    }) as typeof fetch,
  };
  return openEcr(ports, place);
}

test('lists every page, untagged images too', async () => {
  const one = { imageDigest: digest('a'), imageTags: ['v1'], imagePushedAt: 1700000000 };
  const { list } = ecr((_, { nextToken, registryId, repositoryName }) => {
    expect([registryId, repositoryName]).toEqual(['123456789012', 'shop/api']);
    return {
      json:
        nextToken === 'n'
          ? { imageDetails: [{ imageDigest: digest('b'), imagePushedAt: 1 }] }
          : { imageDetails: [one], nextToken: 'n' },
    };
  });
  expect(await list()).toEqual([
    { digest: digest('a'), tags: ['v1'], pushedAt: 1700000000000 },
    { digest: digest('b'), tags: [], pushedAt: 1000 },
  ]);
});

test('a failure that ECR puts into an answer of 200 is one; an image that is gone is gone', async () => {
  const failing = (failureCode: string) =>
    ecr(() => ({ json: { failures: [{ failureCode, failureReason: 'because' }] } })).remove(digest('a'));
  expect(await failing('ImageReferencedByManifestList')).toEqual({
    refused: 'ECR did not delete it: ImageReferencedByManifestList because',
  });
  expect(await failing('ImageNotFound')).toBe('absent');
  expect(await ecr(() => ({ json: { imageIds: [{}], failures: [] } })).remove(digest('a'))).toBe('gone');
  const denied = ecr(() => ({ status: 400, json: { __type: 'AccessDeniedException', message: 'no' } }));
  await expect(denied.list()).rejects.toThrow('ECR answered 400 to DescribeImages: AccessDeniedException no');
});

test('waits where AWS says that it was asked too often', async () => {
  let asked = 0;
  const busy = ecr(() =>
    ++asked < 3 ? { status: 400, json: { __type: 'ThrottlingException' } } : { json: { imageDetails: [] } },
  );
  expect(await busy.list()).toEqual([]);
  expect(asked).toBe(3);
});

test('wants a repository of ECR, and keys', () => {
  const ports = { env: {}, clock: { now: () => 0, sleep: () => Promise.resolve() }, fetch };
  expect(() => openEcr(ports, place)).toThrow('expected keys of AWS');
  expect(() => openEcr(ports, { ...place, registry: 'ghcr.io' })).toThrow('expected a repository of ECR');
});
