/** What a stored file is to the rest of the service; `file-schemas.ts` says what it is on the wire. */

/** `folder`: the texts of one folder of a class archive, one JSON object a line. */
export const fileKinds = ['text', 'zip', 'tar.gz', 'folder'] as const;
export type FileKind = (typeof fileKinds)[number];

/** Why something in an archive was left out. */
export const leftOutReasons = [
  'binary',
  'compression_ratio',
  'damaged',
  'duplicate_path',
  'encrypted',
  'extension_not_allowed',
  'generated',
  'link',
  'nested_archive',
  'outside_a_folder',
  'special_file',
  'too_large',
  'too_many_files',
  'unsafe_path',
  'unsupported_compression',
] as const;
export type LeftOutReason = (typeof leftOutReasons)[number];

export interface LeftOut {
  path: string;
  reason: LeftOutReason;
}

/** Of an archive or a folder, in short. */
export interface ContentsSummary {
  /** The first ones. */
  left_out: LeftOut[];
  left_out_count: number;
}

export interface Contents extends ContentsSummary {
  /** Those that become files of a submission. */
  entries: { path: string; size: number }[];
}

/** Its place on the wire. */
export const locationOf = (id: string) => `/api/v1/files/${id}`;

/** Without its contents: they may have thousands of paths. */
export interface KnownFile {
  id: string;
  owner: string;
  candidateId: string | null;
  kind: FileKind;
  filename: string;
  originalFilename: string;
  size: number;
  sha256: string;
  language: string | null;
  tags: string[];
  createdAt: Date;
}

export interface ListedFile extends KnownFile {
  contents: ContentsSummary | null;
}

export interface StoredFile extends KnownFile {
  contents: Contents | null;
}
