/** A role's trust policy, as IAM keeps it. */
export interface TrustPolicy {
  readonly Statement: Statement | readonly Statement[];
}

interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: '*' | Readonly<Record<string, string | readonly string[]>>;
  readonly Action: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** Who asks, with what: the keys of conditions in lower case. */
export interface TrustRequest {
  readonly action: string;
  /** ARN of the OIDC provider. */
  readonly provider: string;
  readonly keys: Readonly<Record<string, string>>;
}

export interface TrustVerdict {
  readonly allowed: boolean;
  /** What no statement's condition was content with, a sentence each. */
  readonly reasons: readonly string[];
}

/** Whether the policy lets the request assume its role: some statement allows it, and none denies it. */
export function judgeTrust(policy: TrustPolicy, request: TrustRequest): TrustVerdict {
  const reasons: string[] = [];
  let allowed = false;
  for (const statement of list(policy.Statement)) {
    if (!list(statement.Action).some((action) => matches(action.toLowerCase(), request.action.toLowerCase()))) {
      if (statement.Effect === 'Allow') reasons.push(`it allows ${list(statement.Action).join(', ')}`);
      continue;
    }
    if (!isPrincipal(statement, request.provider)) {
      if (statement.Effect === 'Allow') reasons.push(`it trusts another principal than ${request.provider}`);
      continue;
    }
    const failed = failedConditions(statement, request);
    if (failed.length > 0) {
      if (statement.Effect === 'Allow') reasons.push(...failed);
    } else if (statement.Effect === 'Deny') {
      return { allowed: false, reasons: ['a statement of it denies the request'] };
    } else {
      allowed = true;
    }
  }
  return { allowed, reasons: allowed ? [] : reasons.length > 0 ? reasons : ['it has no statement that allows it'] };
}

function isPrincipal({ Principal }: Statement, provider: string): boolean {
  if (Principal === '*') return true;
  return list(Principal?.['Federated'] ?? []).some((one) => one === provider || one === '*');
}

function failedConditions({ Condition = {} }: Statement, request: TrustRequest): readonly string[] {
  return Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.entries(keys).flatMap(([key, wanted]) => {
      const value = request.keys[key.toLowerCase()];
      if (holds(operator, value, list(wanted))) return [];
      const found = value === undefined ? 'the token has none that AWS knows' : `the token has "${value}"`;
      return [`${operator} wants ${key} "${list(wanted).join('" or "')}", ${found}`];
    }),
  );
}

function holds(operator: string, value: string | undefined, wanted: readonly string[]): boolean {
  const ifExists = operator.endsWith('IfExists');
  const name = operator.replace(/^(?:ForAnyValue|ForAllValues):/, '').replace(/IfExists$/, '');
  if (name === 'Null') return wanted.some((one) => (one === 'true') === (value === undefined));
  const negative = name.includes('Not');
  // A negative condition holds for what is not there, and so does ForAllValues.
  if (value === undefined) return ifExists || negative || operator.startsWith('ForAllValues:');
  const test = tests[name.replace('Not', '')];
  if (test === undefined) return false;
  return wanted.some((one) => test(one, value)) !== negative;
}

const tests: Readonly<Record<string, (wanted: string, value: string) => boolean>> = {
  StringEquals: (wanted, value) => wanted === value,
  StringEqualsIgnoreCase: (wanted, value) => wanted.toLowerCase() === value.toLowerCase(),
  StringLike: matches,
  ArnEquals: matches,
  ArnLike: matches,
  NumericEquals: (wanted, value) => Number(wanted) === Number(value),
  Bool: (wanted, value) => wanted === value,
};

/** `*` and `?` of IAM, without any regular expression of others. */
export function matches(pattern: string, value: string): boolean {
  let at = 0;
  let from = 0;
  let star = -1;
  let mark = 0;
  while (from < value.length) {
    const here = pattern[at];
    if (here === '*') {
      star = at;
      at += 1;
      mark = from;
    } else if (here === '?' || (here !== undefined && here === value[from])) {
      at += 1;
      from += 1;
    } else if (star >= 0) {
      at = star + 1;
      mark += 1;
      from = mark;
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}

export function list<Item>(value: Item | readonly Item[]): readonly Item[] {
  return Array.isArray(value) ? (value as readonly Item[]) : [value as Item];
}
