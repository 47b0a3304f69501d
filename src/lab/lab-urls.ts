/** What the lab is called by whoever sees it as GitHub. */
export const labUrls = {
  html: 'https://github.com',
  api: 'https://api.github.com',
  graphql: 'https://api.github.com/graphql',
} as const;
