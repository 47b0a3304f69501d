import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Digest } from '../model/digest.ts';
import { applyKustomization } from './kubernetes.ts';

let folder: string;
const digest = `sha256:${'a'.repeat(64)}` as Digest;

/**
 * Stands for kubectl: writes down how it was called, renders what lies in the folder, knows a workload in its own namespace
 * only, fails or hangs where it is told to.
 */
const standIn = `#!/bin/sh
echo "$*" >> "$CALLS"
case "$1" in
  kustomize) cat "$2/kustomization.yaml" ;;
  apply) test "$FAIL" = apply && { echo "error: forbidden" >&2; exit 1; }
    test "$FAIL" = hang && exec sleep 60
    printf 'service/orders created\\ndeployment.apps/orders created\\nstatefulset.apps/queue created\\n' ;;
  rollout) test "$FAIL" = "$3" && { echo "error: timed out waiting for the condition" >&2; exit 1; }
    case "$3 $5" in
      "deployment.apps/orders --namespace=shop"|"statefulset.apps/queue --namespace=queues") echo rolled out ;;
      *) echo "Error from server (NotFound): $3 not found" >&2; exit 1 ;;
    esac ;;
esac
`;
const rendered = `kind: Service
apiVersion: v1
metadata: { name: orders }
---
kind: Deployment
apiVersion: apps/v1
metadata: { name: orders }
spec: { template: { spec: { containers: [{ image: "orders@${digest}" }] } } }
---
kind: StatefulSet
apiVersion: apps/v1
metadata: { name: queue, namespace: queues }
---
kind: DaemonSet
apiVersion: apps/v1
metadata: { name: agent }
spec: { updateStrategy: { type: OnDelete } }
`;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubernetes-'));
  mkdirSync(join(folder, 'bin'));
  mkdirSync(join(folder, 'repo/overlays/prod'), { recursive: true });
  writeFileSync(join(folder, 'bin/kubectl'), standIn);
  chmodSync(join(folder, 'bin/kubectl'), 0o755);
  writeFileSync(join(folder, 'repo/overlays/prod/kustomization.yaml'), rendered);
  symlinkSync('/', join(folder, 'repo/out'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function apply(
  where: string,
  fail = '',
  of = digest,
  timeout = 60_000,
): Promise<{ failure: string | undefined; calls: string[] }> {
  const calls = join(folder, 'calls');
  writeFileSync(calls, '');
  const failure = await applyKustomization(
    {
      env: { PATH: `${join(folder, 'bin')}:${process.env['PATH']}`, CALLS: calls, FAIL: fail },
      clock: { now: () => 0, sleep: () => Promise.resolve() },
      cwd: join(folder, 'repo'),
      stderr: { write: () => undefined, isTTY: false, columns: 80 },
      interrupted: new AbortController().signal,
    },
    { folder: where, digest: of, namespace: 'shop', timeout },
  );
  return { failure, calls: readFileSync(calls, 'utf8').trim().split('\n') };
}

test('applies the overlay and waits for each workload where it is, and for nothing else', async () => {
  const { failure, calls } = await apply('overlays/prod');
  expect(failure).toBeUndefined();
  expect(calls.map((call) => call.replace(folder, ''))).toEqual([
    'kustomize /repo/overlays/prod',
    'apply -k /repo/overlays/prod --namespace=shop',
    'rollout status deployment.apps/orders --timeout=60s --namespace=shop',
    'rollout status statefulset.apps/queue --timeout=60s --namespace=queues',
  ]);
});

test('applies nothing that does not name the pinned digest, and nothing from elsewhere', async () => {
  const other = await apply('overlays/prod', '', `sha256:${'b'.repeat(64)}` as Digest);
  expect(other.failure).toMatch(/^expected sha256:b+ in what overlays\/prod renders, found other images$/);
  expect(other.calls).toHaveLength(1);
  for (const where of ['overlays/none', '../', 'out/etc'])
    expect((await apply(where)).failure).toBe(`expected the folder ${where} in this checkout, found none there`);
});

test('what hangs ends with the time that it has', async () => {
  expect((await apply('overlays/prod', 'hang', digest, 300)).failure).toMatch(/^kubectl \w+ did not end within 0\.3 s/);
});

test('says what failed, in kubectl’s own words', async () => {
  expect((await apply('overlays/prod', 'apply')).failure).toBe(
    'kubectl apply ended with exit code 1: error: forbidden',
  );
  expect((await apply('overlays/prod', 'statefulset.apps/queue')).failure).toBe(
    'the rollout of statefulset.apps/queue ended with exit code 1: error: timed out waiting for the condition',
  );
});
