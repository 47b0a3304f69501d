/** A status that carries this lets what it judged be deployed while a freeze is in force. */
export const overriddenMark = 'overridden';

const dueMark = 'judged again';

/** At most 140 characters, as a commit status takes; ends with the time at which the sweep has to judge it again. */
export function describeStatus(text: string, due: number | undefined): string {
  const again = due === undefined ? '' : ` · ${dueMark} ${minute(due)}`;
  return `${text.length <= 140 - again.length ? text : `${text.slice(0, 139 - again.length)}…`}${again}`;
}

/** The time that a status names for judging again. */
export function dueIn(description: string): number | undefined {
  const text = new RegExp(`${dueMark} (\\S+)$`).exec(description)?.[1];
  return text === undefined ? undefined : Date.parse(text);
}

export function minute(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16)}Z`;
}
