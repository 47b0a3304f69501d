import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type AwsAccounts, AwsRefusal, type AwsSession } from './aws-accounts.ts';

const stsHost = /^sts(?:\.[a-z0-9-]+)?\.amazonaws\.com$/;
const ecrApiHost = /^(?:api\.)?ecr\.([a-z0-9-]+)\.amazonaws\.com$/;
const largest = 64 * 1024;

export const ecrHost = /^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com$/;

/** Who answers for a host of AWS: the token service, and ECR's GetAuthorizationToken. */
export function awsListener(accounts: AwsAccounts, host: string): RequestListener | undefined {
  if (stsHost.test(host)) return listener(accounts, answerSts);
  const region = ecrApiHost.exec(host)?.[1];
  return region === undefined ? undefined : listener(accounts, answerEcr(region));
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

type Serve = (accounts: AwsAccounts, message: IncomingMessage, body: string) => Answer;

function listener(accounts: AwsAccounts, serve: Serve): RequestListener {
  return (message, response) => {
    readBody(message).then(
      (body) => send(response, serve(accounts, message, body)),
      () => response.destroy(),
    );
  };
}

function answerSts(accounts: AwsAccounts, message: IncomingMessage, body: string): Answer {
  const form = new URLSearchParams(message.method === 'GET' ? (message.url ?? '').split('?')[1] : body);
  try {
    switch (form.get('Action')) {
      case 'AssumeRoleWithWebIdentity': {
        const session = accounts.assumeRole({
          roleArn: form.get('RoleArn') ?? '',
          token: form.get('WebIdentityToken') ?? '',
          sessionName: form.get('RoleSessionName') ?? '',
          seconds: Number(form.get('DurationSeconds') ?? 3600),
        });
        return xml('AssumeRoleWithWebIdentity', credentials(session));
      }
      case 'GetCallerIdentity': {
        const session = caller(accounts, message);
        return xml(
          'GetCallerIdentity',
          `<Arn>${inXml(session.arn)}</Arn><UserId>AROALAB:lab</UserId><Account>${session.account}</Account>`,
        );
      }
      default:
        throw new AwsRefusal('InvalidAction', `the lab's AWS does not do ${form.get('Action')}`);
    }
  } catch (error) {
    if (!(error instanceof AwsRefusal)) throw error;
    const status = error.code === 'AccessDenied' || error.code === 'InvalidClientTokenId' ? 403 : 400;
    const inner = `<Error><Type>Sender</Type><Code>${error.code}</Code><Message>${inXml(error.message)}</Message></Error>`;
    return { status, type: 'text/xml', body: `<ErrorResponse xmlns="${namespace}">${inner}</ErrorResponse>` };
  }
}

/** @throws AwsRefusal for keys that STS did not hand out */
function caller(accounts: AwsAccounts, message: IncomingMessage): AwsSession {
  const key = /Credential=([A-Z0-9]+)\//.exec(message.headers.authorization ?? '')?.[1] ?? '';
  const session = accounts.session(key);
  if (session !== undefined) return session;
  throw new AwsRefusal('InvalidClientTokenId', 'The security token included in the request is invalid.');
}

const answerEcr =
  (region: string): Serve =>
  (accounts, message, body) => {
    const type = 'application/x-amz-json-1.1';
    try {
      const session = caller(accounts, message);
      const target = String(message.headers['x-amz-target'] ?? '');
      if (!target.endsWith('.GetAuthorizationToken'))
        throw new AwsRefusal('UnrecognizedClientException', `the lab's ECR does not do ${target}`);
      const { registryIds } = JSON.parse(body === '' ? '{}' : body) as { registryIds?: readonly string[] };
      const data = (registryIds ?? [session.account]).map((account) => ({
        authorizationToken: Buffer.from(`AWS:${accounts.registryPassword(session)}`).toString('base64'),
        expiresAt: Date.parse(session.expiration) / 1000,
        proxyEndpoint: `https://${account}.dkr.ecr.${region}.amazonaws.com`,
      }));
      return { status: 200, type, body: JSON.stringify({ authorizationData: data }) };
    } catch (error) {
      if (!(error instanceof AwsRefusal)) throw error;
      const code = error.code === 'InvalidClientTokenId' ? 'UnrecognizedClientException' : error.code;
      return { status: 400, type, body: JSON.stringify({ __type: code, message: error.message }) };
    }
  };

const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/';

function xml(action: string, inner: string): Answer {
  const result = `<${action}Result>${inner}</${action}Result><ResponseMetadata><RequestId>lab</RequestId></ResponseMetadata>`;
  return {
    status: 200,
    type: 'text/xml',
    body: `<${action}Response xmlns="${namespace}">${result}</${action}Response>`,
  };
}

function credentials(session: AwsSession): string {
  const name = session.arn.slice(session.arn.lastIndexOf('/') + 1);
  return (
    `<Credentials><AccessKeyId>${session.accessKeyId}</AccessKeyId><SecretAccessKey>${inXml(session.secretAccessKey)}</SecretAccessKey>` +
    `<SessionToken>${inXml(session.sessionToken)}</SessionToken><Expiration>${session.expiration}</Expiration></Credentials>` +
    `<AssumedRoleUser><Arn>${inXml(session.arn)}</Arn><AssumedRoleId>AROALAB:${inXml(name)}</AssumedRoleId></AssumedRoleUser>`
  );
}

function inXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

async function readBody(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largest) throw new Error('the request is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, { 'content-type': answer.type, 'x-amzn-requestid': 'lab' }).end(answer.body);
}
