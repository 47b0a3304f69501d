import { appendSummary, setOutput } from '../../../github/job-outputs.ts';
import { readRun } from '../../../github/run.ts';
import { formatCommand } from '../../../github/workflow-commands.ts';
import { type Digest, shortDigest } from '../../../model/digest.ts';
import type { Ports } from '../../../ports.ts';
import { Exit } from '../../exit.ts';
import type { Overtaken } from './still-pinned.ts';

export interface DeployResult {
  readonly service: string;
  readonly digest: Digest;
  /** Without tag or digest; absent where the manifest does not name it. */
  readonly image: string | undefined;
  /** Why it does not serve; undefined where it does. */
  readonly failure: string | undefined;
}

export interface DeployReport {
  readonly environment: string;
  readonly results: readonly DeployResult[];
  /** Deployed from this very commit by an earlier attempt. */
  readonly before: readonly Omit<DeployResult, 'failure'>[];
  /** `failed`: by an earlier attempt from this very commit, so that the jobs after it go on with what they began. */
  readonly overtaken: readonly (Overtaken & { readonly failed: boolean })[];
}

/**
 * Says what became of each, and sets outputs for the jobs after this one, empty where there is nothing, so that they can
 * compare with '': `failed`, services, and `deployed`, images by digest that this commit brought here, by whichever attempt.
 * @throws Exit where one does not serve
 */
export function reportDeploy(ports: Ports, report: DeployReport, options: { readonly json?: boolean }): void {
  const { environment, results, before, overtaken } = report;
  const failed = results.filter((one) => one.failure !== undefined);
  const images = [...results.filter((one) => one.failure === undefined), ...before].flatMap(({ image, digest }) =>
    image === undefined ? [] : [`${image}@${digest}`],
  );
  const again = overtaken.filter((one) => one.failed);
  setOutput(ports, 'failed', list([...failed, ...again].map((one) => one.service)));
  setOutput(ports, 'deployed', list(images));
  const lines = [
    ...results.map(
      ({ service, digest, failure }) => `${service} ${shortDigest(digest)} in ${environment}: ${failure ?? 'healthy'}`,
    ),
    ...overtaken.map(
      ({ service, by, failed: before }) =>
        `${service} in ${environment}: ${before ? 'it failed, and is left alone' : 'not deployed'}, ${by === undefined ? 'nothing' : shortDigest(by)} is pinned by now`,
    ),
  ];
  const said = lines.length === 0 ? [`${environment}: nothing changed`] : lines;
  ports.stdout.write(
    options.json === true
      ? `${JSON.stringify({ environment, results, overtaken, deployed: images }, undefined, 2)}\n`
      : said.map((line) => `${line}\n`).join(''),
  );
  appendSummary(ports, said.map((line) => `- ${line}`).join('\n'));
  if (failed.length + again.length === 0) return;
  for (const { service, failure } of failed) {
    const text = `${service} in ${environment}: ${failure ?? ''}`;
    if (readRun(ports.env).inActions)
      ports.stdout.write(`${formatCommand('error', text, { title: 'DEPLOY_FAILED' })}\n`);
    else ports.stderr.write(`${text}\n`);
  }
  throw new Exit(1);
}

function list(values: readonly string[]): string {
  return values.length === 0 ? '' : JSON.stringify(values);
}
