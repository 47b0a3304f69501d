import { z } from 'zod';
import { TrunklineError } from '../../errors.ts';
import type { ServiceProgram } from './service-program.ts';

const program = z.strictObject({
  /** Command lines, run by `sh`; $PORT and $FOLDER are set, and the service's own `env`. */
  run: z.string().min(1),
  first: z.array(z.string()).optional(),
  after: z.array(z.string()).optional(),
  health: z.string().optional(),
  /** The port that the image listens on. */
  port: z.number().int().positive(),
  install: z.string().optional(),
});

/** Programs by image, as a lab is configured with them: `mysql: { run: …, port: 3306 }`. */
export const ServiceTable = z.record(z.string(), program);
export type ServiceTable = z.infer<typeof ServiceTable>;

/** @throws INPUT_INVALID for a table that cannot be read */
export function readServiceTable(value: unknown, file: string): ServiceTable {
  const parsed = ServiceTable.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new TrunklineError(
    'INPUT_INVALID',
    `expected service programs by image in ${file}, found ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
    { hint: 'mysql: { run: "exec mysqld --port=$PORT --datadir=$FOLDER/data", port: 3306 }' },
  );
}

/** A program of the lab's configuration. */
export function configuredService(image: string, given: ServiceTable[string]): ServiceProgram {
  const shell = (line: string): { file: string; args: readonly string[] } => ({ file: '/bin/sh', args: ['-c', line] });
  return {
    install: given.install ?? `mend the lab's table of services for ${image}`,
    plan: async ({ folder, port }) => {
      const listening = await port(given.port);
      return {
        title: given.run,
        first: (given.first ?? []).map(shell),
        run: shell(given.run),
        port: listening,
        after: (given.after ?? []).map(shell),
        env: { PORT: String(listening), FOLDER: folder },
        path: [],
        ...(given.health === undefined ? {} : { health: given.health }),
      };
    },
  };
}
