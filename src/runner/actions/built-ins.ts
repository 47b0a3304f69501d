import type { BuiltInAction, BuiltInProgram } from './action.ts';
import { downloadArtifactAction } from './artifacts/download-artifact.ts';
import { mergeArtifactsAction } from './artifacts/merge-artifacts.ts';
import { uploadArtifactAction } from './artifacts/upload-artifact.ts';
import { cacheActions } from './cache/cache.ts';
import { checkout } from './checkout/checkout.ts';
import { githubScript } from './github-script/github-script.ts';
import { setupGo } from './setup/setup-go.ts';
import { setupNode } from './setup/setup-node.ts';
import { setupPython } from './setup/setup-python.ts';

/** Actions that the runner carries out by itself, since hardly any workflow does without them. */
export const builtInActions: readonly (BuiltInAction | BuiltInProgram)[] = [
  checkout,
  uploadArtifactAction,
  mergeArtifactsAction,
  downloadArtifactAction,
  ...cacheActions,
  githubScript,
  setupNode,
  setupPython,
  setupGo,
];
