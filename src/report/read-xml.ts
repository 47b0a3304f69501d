import sax from 'sax';
import { TrunklineError } from '../errors.ts';
import { messageOf } from './message-of.ts';
import { type Report, reportInvalid } from './report.ts';

export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Names of the elements around it, outermost first. */
  readonly parents: readonly string[];
}

export interface XmlHandler {
  open(element: Element): void;
  close?(name: string): void;
}

/**
 * Reads XML of any size piece by piece. No entity but XML's own is resolved, no document type is fetched.
 * @throws REPORT_INVALID for what is empty, cut off or no XML
 */
export async function readXml(report: Report, handler: XmlHandler): Promise<void> {
  const parser = sax.parser(true, {});
  const parents: string[] = [];
  let seen = false;
  parser.onerror = (error) => {
    throw error;
  };
  parser.onopentag = (tag) => {
    seen = true;
    handler.open({ name: tag.name, attributes: tag.attributes as Record<string, string>, parents });
    parents.push(tag.name);
  };
  parser.onclosetag = (name) => {
    parents.pop();
    handler.close?.(name);
  };
  try {
    for await (const chunk of report.open()) parser.write(chunk);
    parser.close();
  } catch (error) {
    if (error instanceof TrunklineError) throw error;
    if (parents.length > 0 && parser.position > 0 && /Unclosed root tag/.test(messageOf(error)))
      throw reportInvalid(report, 'expected a whole report, found one that is cut off', parser.line + 1);
    throw reportInvalid(report, `expected XML, found something else: ${messageOf(error)}`, parser.line + 1);
  }
  if (!seen) throw reportInvalid(report, 'expected a report, found an empty file');
}
