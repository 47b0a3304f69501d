/** PostgreSQL where DATABASE_URL names one; without it memory, which says that it forgets. */
export async function openStore({ url = process.env.DATABASE_URL, schema, postgres, memory }) {
  if (url === undefined || url === '') {
    process.stderr.write('DATABASE_URL is not set: everything is kept in memory, and gone when this ends\n');
    return { ...memory(), kind: 'memory', close: async () => {} };
  }
  const { openDatabase } = await import('./postgres.js');
  const database = await openDatabase(url);
  // Several copies may start at once; one makes the tables.
  await database.query('SELECT pg_advisory_lock(7243)');
  try {
    for (const statement of schema) await database.query(statement);
  } finally {
    await database.query('SELECT pg_advisory_unlock(7243)');
  }
  return { ...postgres(database), kind: 'postgres', close: () => database.close() };
}
