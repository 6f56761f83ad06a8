import { argumentNodes, callAt } from '../../calls.ts';
import { sourceHolds, unitOf, type Context, type Detector } from '../context.ts';
import { pathCleaners } from './injection-defects.ts';
import { bindingsOf } from './name-index.ts';
import { flat, unitText } from './shapes.ts';
import { isCleaned } from './taint.ts';

/** How an archive is read in a language, and how the name of one of its entries is asked for there. */
interface Archive {
  library: RegExp;
  entryName: RegExp;
  /** What puts a name under a folder. */
  joins: RegExp;
  /** What keeps a name inside of its folder. */
  guards: RegExp;
}

const scripts: Archive = {
  library: /\b(unzipper|yauzl|adm-zip|tar-stream|jszip|node-stream-zip)\b/,
  entryName: /^\w*([eE]ntry|[fF]ile|[hH]eader)\.(fileName|entryName|path|name)$/,
  joins: /^(join|resolve)$/,
  guards: /startsWith|basename|\.\.|relative\(/,
};

const archives: Record<string, Archive> = {
  java: {
    library: /\b(Zip|Jar|TarArchive|Archive)(Entry|InputStream|File)\b/,
    entryName: /^\w*([eE]ntry|[zZ]e|^e)\.getName\(\)$/,
    joins: /^(File|resolve|get|of)$/,
    guards: /startsWith|getCanonicalPath|toRealPath|"\.\."|getFileName|FilenameUtils/,
  },
  csharp: {
    library: /\b(ZipArchive|ZipFile|TarReader)\b/,
    entryName: /^\w*[eE]ntry\.(FullName|Key)$/,
    joins: /^Combine$/,
    guards: /StartsWith|GetFileName\(|"\.\."/,
  },
  go: {
    library: /"archive\/(zip|tar)"/,
    entryName: /^(f|file|zf|entry|hdr|header|h|zipFile)\.Name$/,
    joins: /^Join$/,
    guards: /HasPrefix|IsLocal|"\.\.|filepath\.(Base|Rel)|OpenRoot|securejoin/i,
  },
  ruby: {
    library: /\bZip::File\b|Gem::Package::TarReader/,
    entryName: /^\w*(entry|file)\.(name|full_name)$/,
    joins: /^(join|expand_path)$/,
    guards: /start_with\?|basename|\.\./,
  },
  javascript: scripts,
  typescript: scripts,
  tsx: scripts,
};

/** `new File(folder, entry.getName())`: the name may be `../../etc/passwd`, and nothing asks. */
function leavesFolder(context: Context, node: number): boolean {
  const { tree } = context;
  const archive = archives[tree.table.language];
  if (archive === undefined || !sourceHolds(tree, archive.library)) return false;
  if (!archive.joins.test(callAt(tree, node).name) || unitOf(context, node) === null) return false;
  const last = argumentNodes(tree, node).at(-1) ?? -1;
  if (last < 0 || !isEntryName(context, last, archive)) return false;
  return !archive.guards.test(unitText(context, node));
}

function isEntryName(context: Context, node: number, { entryName }: Archive): boolean {
  const { tree } = context;
  if (entryName.test(flat(tree, node, 80))) return true;
  if (tree.kind(node) !== 'identifier') return false;
  return bindingsOf(context, node, tree.text(node)).some(
    ({ value }) => value >= 0 && entryName.test(flat(tree, value, 80)),
  );
}

/** `sent.save(os.path.join(folder, sent.filename))`: the browser chooses the name. */
function savesUnderGivenName(context: Context, node: number): boolean {
  const text = flat(context.tree, node, 300);
  return (
    /^(\w+)\.(save\(.*\b\1\.filename\b|mv\(.*\b\1\.name\b)/.test(text) &&
    !isCleaned(context, node, pathCleaners)
  );
}

/** Archives that are unpacked, and files that are sent. */
export const archiveDetectors: Detector[] = [
  { rule: 'path-from-request', kinds: ['call'], method: /^(save|mv)$/, test: savesUnderGivenName },
  {
    rule: 'archive-extraction',
    kinds: ['call', 'new'],
    method: /^(File|resolve|get|of|Combine|Join|join|expand_path)$/,
    test: leavesFolder,
  },
];
