import type { SecurityConfig, SecurityScan, ServicesConfig } from '../../../config/services.ts';
import { issueStep } from '../issue-step.ts';
import type { Pins } from '../pins.ts';
import type { Fields } from '../render-yaml.ts';
import { checkout, installTool, run, runsOn, trunkline } from '../steps.ts';

const titles: Readonly<Record<SecurityScan, string>> = {
  secrets: 'Look for secrets',
  vulnerabilities: 'Look for vulnerabilities',
  iac: 'Look at configuration',
};

/** Scans on a schedule, each a job that fails for what it finds; one issue says that something was found. */
export function securityWorkflow(config: ServicesConfig, security: SecurityConfig, pins: Pins): Fields {
  const { schedule, scans } = security;
  const runner = runsOn(config.runners.test);
  return {
    name: 'Security',
    on: {
      schedule: [{ cron: schedule }],
      workflow_dispatch: {
        inputs: {
          scan: {
            description: 'What to look for',
            required: true,
            type: 'choice',
            default: 'all',
            options: ['all', ...scans],
          },
        },
      },
    },
    permissions: {},
    concurrency: { group: 'security', 'cancel-in-progress': false },
    jobs: {
      ...Object.fromEntries(
        scans.map((scan): [string, Fields] => [
          scan,
          {
            if: `github.event_name == 'schedule' || inputs.scan == 'all' || inputs.scan == '${scan}'`,
            'runs-on': runner,
            'timeout-minutes': 30,
            permissions: { contents: 'read' },
            steps: [
              checkout(pins, { history: scan === 'secrets' && security.history }),
              trunkline(pins),
              installTool(pins, scan === 'secrets' && security.history ? 'gitleaks' : 'trivy'),
              run(titles[scan], script(scan, security)),
            ],
          },
        ]),
      ),
      report: {
        needs: [...scans],
        if: '${{ failure() && !cancelled() }}',
        'runs-on': runner,
        'timeout-minutes': 5,
        permissions: { issues: 'write' },
        steps: [issueStep('security-findings', 'Scheduled scans found something')],
      },
    },
  };
}

function script(scan: SecurityScan, { history }: SecurityConfig): string {
  switch (scan) {
    case 'vulnerabilities':
      return 'trivy fs --scanners vuln --format json --output "$RUNNER_TEMP/report.json" .\ntrunkline ci gate scan "$RUNNER_TEMP/report.json"\n';
    case 'iac':
      return 'trivy config --format json --output "$RUNNER_TEMP/report.json" .\ntrunkline ci gate iac "$RUNNER_TEMP/report.json"\n';
    case 'secrets':
      return history
        ? 'gitleaks git --no-banner --redact --exit-code 0 --report-format json --report-path "$RUNNER_TEMP/report.json" .\ntrunkline ci gate secrets "$RUNNER_TEMP/report.json"\n'
        : 'trivy fs --scanners secret --format json --output "$RUNNER_TEMP/report.json" .\ntrunkline ci gate secrets "$RUNNER_TEMP/report.json"\n';
  }
}
