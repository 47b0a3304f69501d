import type { EventFacts } from './match-event.ts';

/**
 * Whether the head commit's message keeps push and pull_request from starting anything
 * (docs.github.com, "Skipping workflow runs").
 */
export function skipsWorkflows(event: Pick<EventFacts, 'name' | 'payload' | 'headMessage'>): boolean {
  if (event.name !== 'push' && event.name !== 'pull_request') return false;
  const message = event.headMessage ?? headMessage(event.payload);
  return (
    /\[(?:skip ci|ci skip|no ci|skip actions|actions skip)\]/i.test(message) ||
    /\n\n(?:[A-Za-z-]+:.*\n)*skip-checks: ?true\s*$/.test(message)
  );
}

function headMessage(payload: EventFacts['payload']): string {
  const commit = payload['head_commit'];
  if (typeof commit !== 'object' || commit === null || !('message' in commit)) return '';
  return typeof commit.message === 'string' ? commit.message : '';
}
