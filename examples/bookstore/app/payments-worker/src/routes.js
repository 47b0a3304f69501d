/** GET /, GET /health: failing while money cannot be collected. */
export function routes(payments, { commit, lastFailure }) {
  return {
    'GET /': async () => [200, { service: 'payments-worker', commit }],
    'GET /health': async () => {
      const failure = lastFailure();
      if (failure !== undefined) return [503, { status: failure, commit }];
      return [200, { status: 'ok', commit, store: payments.kind, due: (await payments.due()).length }];
    },
  };
}
