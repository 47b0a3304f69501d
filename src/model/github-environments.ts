/** The GitHub environment that holds the delivery App's key, open to the default branch alone. */
export const controlEnvironment = 'trunkline';

/** The one that publishing jobs run in, open to what is published. */
export const publishEnvironment = 'publish';

/** The one in which registries are cleaned: whatever deletes has rights of its own. */
export const pruneEnvironment = 'prune';

/** The one that an application repository's releases are recorded for; nothing runs in it. */
export const publishedEnvironment = 'published';
