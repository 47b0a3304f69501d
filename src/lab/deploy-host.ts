/** Where jobs find the deploy target. */
export const deployHost = 'deploy.lab.internal';
