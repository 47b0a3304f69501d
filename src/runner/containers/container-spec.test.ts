import { expect, test } from 'vitest';
import { healthCheck } from '../services/health-check.ts';
import { environmentInContainer, mountArguments } from './container-mounts.ts';
import { containerSpec, portMapping, serviceSpecs } from './container-spec.ts';

test('an image alone or with all it may have; an empty one is none', () => {
  expect(containerSpec('docker://alpine:3')).toMatchObject({ image: 'alpine:3', ports: [], env: {} });
  expect(
    containerSpec({
      image: 'a',
      env: { N: 1, E: null },
      ports: [80, '81:81'],
      credentials: { username: 'u', password: 'p' },
    }),
  ).toMatchObject({ env: { N: '1', E: '' }, ports: ['80', '81:81'], credentials: { username: 'u', password: 'p' } });
  expect(containerSpec('')).toBeUndefined();
  expect(serviceSpecs({ a: { image: '' }, b: 'redis' }).map(([name]) => name)).toEqual(['b']);
  expect(serviceSpecs(null)).toEqual([]);
});

test.each([
  ['5432', { container: 5432 }],
  ['15432:5432', { container: 5432, host: 15_432 }],
  ['127.0.0.1:15432:5432/tcp', { container: 5432, host: 15_432 }],
  ['127.0.0.1::5432', { container: 5432 }],
])('the port %s', (text, expected) => {
  expect(portMapping(text)).toEqual(expected);
});

test('what is no port is refused', () => {
  expect(() => portMapping('http')).toThrow("expected a port, found 'http'");
});

test('paths below a mount are the container’s, the innermost mount first; other texts stay', () => {
  const mounts = [
    { source: '/j/work', target: '/__w' },
    { source: '/j/work/temp', target: '/__w/_temp', readOnly: true as const },
  ];
  const env = { A: '/j/work/temp/x', B: '/j/work', C: '/j/workspace', D: 'in /j/work' };
  expect(environmentInContainer(mounts, env)).toEqual({
    A: '/__w/_temp/x',
    B: '/__w',
    C: '/j/workspace',
    D: 'in /j/work',
  });
  expect(mountArguments(mounts)).toEqual(['-v', '/j/work:/__w', '-v', '/j/work/temp:/__w/_temp:ro']);
});

test('health options as docker reads them, with its defaults', () => {
  expect(
    healthCheck(
      '--health-cmd "pg_isready -U x" --health-interval 1m30s --health-retries=5 --health-timeout 500ms --cpus 1',
    ),
  ).toEqual({
    command: 'pg_isready -U x',
    patience: 5 * 90_500,
    passedOver: ['--cpus'],
  });
  expect(healthCheck('--health-cmd "sh -c \\"a \\\\\\"b\\\\\\"\\" \\\\" --health-retries 5').command).toBe(
    'sh -c "a \\"b\\"" \\',
  );
  expect(healthCheck('')).toEqual({ patience: 180_000, passedOver: [] });
  expect(() => healthCheck('--health-interval soon')).toThrow("invalid duration 'soon'");
});
