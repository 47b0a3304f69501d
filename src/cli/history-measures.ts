import type { ApplicationMeasures } from '../state/see/measure-facts.ts';
import type { EnvironmentMeasures } from '../state/see/measures.ts';
import type { Spread } from '../state/see/spread.ts';
import { span } from './print/ago.ts';
import type { Cell, Report } from './print/report.ts';
import { shortRelease } from './see/short-release.ts';

/** The measures as tables: a row for each environment, then what is over the budget. */
export function measureReport(
  name: string,
  measures: readonly EnvironmentMeasures[],
  application: readonly ApplicationMeasures[] | undefined,
  window: { readonly since: number; readonly now: number; readonly budget: number },
  notes: readonly string[],
): Report {
  const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
  return {
    title: `${name}: measures from ${day(window.since)} to ${day(window.now)}`,
    sections: [
      {
        head: [
          'environment',
          'deliveries',
          'a week',
          'failed',
          'restored in',
          'lead time',
          'promoted in',
          'open',
          'approved in',
          'healthy in',
        ],
        empty: 'no environment',
        rows: measures.map((one) => [
          one.environment,
          String(one.deliveries),
          one.perWeek.toFixed(1),
          failed(one),
          times(one.restore),
          times(one.lead),
          times(one.promotion),
          times(one.pull),
          times(one.approval),
          times(one.synced),
        ]),
      },
      ...(application === undefined || application.length === 0
        ? []
        : [
            {
              title: 'application repositories',
              head: ['repository', 'commits', 'green in', 'failed', 'failed at scan', 'open'],
              rows: application.map((one) => [
                one.repository,
                String(one.commits),
                times(one.green),
                share(one.failed, one.commits),
                one.scanned === 0 ? 'unknown' : share(one.scanFailed, one.scanned),
                times(one.pull),
              ]),
            },
          ]),
      {
        title: `over the budget of ${span(window.budget) ?? 'a minute'} from one environment to the next`,
        head: ['service', 'environment', 'release', 'took', ''],
        empty: 'none',
        rows: measures.flatMap((one) =>
          one.breaches.map((breach): readonly Cell[] => [
            breach.service,
            one.environment,
            shortRelease(breach.release),
            span(breach.took) ?? '',
            breach.state === 'waiting' ? { text: 'still waits', tone: 'warn' } : '',
          ]),
        ),
      },
    ],
    notes: [...notes, 'times are median / 9 of 10 within; +n? where n could not be told'],
  };
}

function times({ count, median, p90, unknown }: Spread): Cell {
  const rest = unknown === 0 ? '' : ` +${unknown}?`;
  if (count === 0 || median === null || p90 === null) return { text: unknown === 0 ? '-' : 'unknown', tone: 'dim' };
  const say = (ms: number): string => span(ms) ?? '<1 min';
  return `${median === p90 ? say(median) : `${say(median)} / ${say(p90)}`}${rest}`;
}

function failed({ failures, deliveries }: EnvironmentMeasures): Cell {
  if (failures === 0) return deliveries === 0 ? { text: '-', tone: 'dim' } : '0';
  return { text: share(failures, deliveries), tone: 'bad' };
}

function share(part: number, whole: number): string {
  return whole === 0 ? '-' : `${part} (${Math.round((part / whole) * 100)} %)`;
}
