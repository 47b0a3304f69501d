/** A GitHub Release: a tag with a text. */
export interface GithubRelease {
  readonly id: number;
  readonly repositoryId: number;
  readonly tag: string;
  /** The branch or commit that the tag was made at. */
  readonly target: string;
  readonly name: string | null;
  readonly body: string | null;
  readonly draft: boolean;
  readonly prerelease: boolean;
  /** True for the repository's latest one, false where somebody said that it is not. */
  readonly latest?: boolean;
  readonly authorId: number;
  readonly createdAt: string;
  readonly publishedAt: string | null;
  readonly assets?: readonly ReleaseAsset[];
}

/** A file of a release; its bytes are in the forge's folder under its id. */
export interface ReleaseAsset {
  readonly id: number;
  readonly name: string;
  readonly label: string;
  readonly contentType: string;
  readonly size: number;
  /** `sha256:…`; absent of what was uploaded before it was kept. */
  readonly digest?: string;
  readonly uploaderId: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}
