import type { FallibleSite } from '../pattern-facts.ts';
import { anyOf } from './any-of.ts';
import type { Call } from './calls.ts';
import { memoize } from '../memoize.ts';

/** What a call does outside of the program, told by well-known names; unknown names do nothing. */
export type Effect = FallibleSite['kind'] | 'console' | 'clock' | 'random';

interface EffectRule {
  effect: Effect;
  /** Matched against `qualifier.name`, dots for every kind of access. */
  call: RegExp;
}

/** First match wins. Names are those of the standard libraries and of the most used packages. */
const rules: EffectRule[] = [
  {
    effect: 'console',
    call: /^(print|puts|println|eprintln|eprint|echo|p|pp|printf|var_dump|print_r)$|^console\.\w+$|^(fmt\.(Print|Println|Printf))$|^System\.(out|err)\.\w+$|^Console\.(Write|WriteLine|ReadLine|Read)$|^\$(stdout|stderr)\.\w+$|^(std\.)?cout\b|^input$|^process\.std(out|err)\.write$/,
  },
  {
    effect: 'clock',
    call: /^(datetime\.)*(datetime|date)\.(now|today|utcnow)$|^time\.(time|sleep|monotonic|perf_counter|Now|Sleep|Since)$|^Date\.now$|^performance\.now$|^System\.(currentTimeMillis|nanoTime)$|^(LocalDate|LocalDateTime|Instant|ZonedDateTime|Time|SystemTime|DateTime|Clock)\.now$|^Instant\.now$|^(microtime|hrtime)$/i,
  },
  {
    effect: 'random',
    call: /^(random|np\.random|numpy\.random|secrets)\.\w+$|^Math\.random$|^(rand|mt_rand|random_int|srand|shuffle)$|^rand\.\w+$|^crypto\.random\w+$|^uuid\.uuid\d$|^(randomUUID)$/,
  },
  {
    effect: 'process',
    call: /^(os\.(system|popen|exec\w*|spawn\w*|kill)|subprocess\.\w+|child_process\.\w+|exec|execSync|execFile|execFileSync|spawnSync|shell_exec|passthru|proc_open|popen|system)$|^exec\.Command(Context)?$|^(std\.process\.)?Command\.new$|^Runtime\.getRuntime\(\)\.exec$|^Process\.(Start|spawn)$|^Open3\.\w+$/,
  },
  {
    effect: 'network',
    call: anyOf([
      /^(?:(?:self|this)\._?)?(requests|httpx|aiohttp|urllib\.request|axios|http|https|got|superagent|fetch|session|reqwest|Faraday|RestClient|HTTParty|curl)\.(get|post|put|patch|delete|head|request|urlopen|Get|Post|PostForm|Do|Head|NewRequest\w*|ListenAndServe\w*|fetch)$/,
      /^(fetch|urlopen|axios|curl_exec|curl_init|fsockopen|getaddrinfo)$/,
      /^((this|self)\.)?_?(client|http|httpClient|http_client|axios|httpService|webClient|restTemplate|restClient)\.(exchange|getFor(?:Object|Entity)|postFor(?:Object|Entity)|get|post|put|patch|delete|send|Do|Get|Post|GetAsync|PostAsync|SendAsync|GetStringAsync|GetFromJsonAsync|PostAsJsonAsync|request)$/,
      /^(net|tls)\.(Dial\w*|Listen\w*|connect|createConnection)$/,
      /^(\w+\.)*(TcpStream|UdpSocket|TcpListener)\.(connect|bind)$/,
      /^Net\.HTTP\.(?!new$)[a-z]\w*$/,
      /^socket\.(connect|connect_ex|create_connection)$/,
      /^(TCPSocket|TCPServer|UNIXSocket|UDPSocket|UNIXServer)\.(new|open)$/,
      /^(URI|url)\.open(Connection|Stream)?$/,
      // What is only put together asks nobody.
      /^(?:Http|Web)Client\.(?!(?:builder|create|mutate|newBuilder|newHttpClient)$)\w+$/,
    ]),
  },
  {
    effect: 'database',
    call: anyOf(
      [
        /^(\w+\.)*(cursor|cur|conn|connection|db|_db|database|pool|tx|stmt|statement|session|pdo|mysqli|sqlx|knex|prisma|client|em|entityManager|dbContext|repository|repo)(\(\))?\.(execute|executemany|executescript|executeQuery|executeUpdate|query|Query|QueryRow|QueryContext|Exec|ExecContext|prepare|prepareStatement|fetchone|fetchall|fetchmany|commit|raw|persist|flush|SaveChanges|SaveChangesAsync|findOne|findMany|findAll|findById|save)$/,
        /^(sqlite3|psycopg2?|pymysql|MySQLdb|asyncpg|sql|mysql)\.(connect|Open)$/,
        /^DriverManager\.getConnection$/,
        /^mysqli_(query|connect)$/,
      ],
      'i',
    ),
  },
  { effect: 'database', call: /^(\w+\.)*[A-Z]\w*\.objects\.\w+$/ },
  {
    effect: 'parse',
    call: /^(json|yaml|toml|tomllib|pickle|ET|etree|xml|plist|orjson|ujson|simplejson|marshal)\.(loads?|safe_load|load_all|parse|fromstring|Unmarshal|NewDecoder|decode)$|^JSON\.(parse|load)$|^(YAML|CSV|TOML|Psych)(\.|::)(parse\w*|\w*load\w*|read\w*|foreach|table|open)$|^(Integer|Long|Double|Float|LocalDate|Instant|UUID|URI|Short|Byte)\.(parse\w+|parse|fromString|create)$|^(int|long|double|float|decimal|DateTime|Guid|Int32|Int64|Double|Decimal|TimeSpan|Enum)\.Parse$|^(strconv)\.(Atoi|Parse\w+)$|^(url|time)\.Parse\w*$|^(std::|std\.)?sto(i|l|ll|ul|ull|f|d)$|^(datetime|date)(\.datetime)?\.(strptime|fromisoformat)$|^(json_decode|simplexml_load_string|unserialize|yaml_parse)$|^serde_json(\.|::)from_\w+$|^(toml|serde_yaml|csv)(\.|::)from_\w+$|^(int|float|Decimal|Integer|Float)$|^JsonSerializer\.Deserialize\w*$|^JsonConvert\.DeserializeObject$|^(objectMapper|mapper|gson|OBJECT_MAPPER)\.(readValue|readTree|fromJson)$|^json\.Unmarshal$/,
  },
  {
    effect: 'io',
    call: /^(open|fopen|io\.open|codecs\.open|file_get_contents|file_put_contents|fread|fwrite|fgets|unlink|mkdir|opendir|scandir|readfile)$|^(os|shutil|fs|fsp|fsPromises|promises|ioutil|io|Files|File|Dir|FileUtils|Directory|path|Path|tempfile|glob|IO|Pathname|bufio)(\(.*\))?(\.promises)?\.(open|Open|OpenFile|Create|create|read\w*|Read\w*|write\w*|Write\w*|append\w*|Append\w*|Copy\w*|copy\w*|move|rename|remove\w*|Remove\w*|unlink\w*|mkdir\w*|MkdirAll|Mkdir|makedirs|rmtree|listdir|scandir|stat|Stat|lstat|delete\w*|Delete\w*|list|lines|walk|exists|createReadStream|createWriteStream|access\w*|OpenRead|OpenText|GetFiles|EnumerateFiles|foreach|glob|readlines|newBufferedReader|newBufferedWriter|rm|readdir\w*|opendir|chmod|touch|read_text|write_text|read_bytes|write_bytes|open_read)$|^(fs|std\.fs|std::fs|File|std\.fs\.File|OpenOptions|tokio\.fs|tokio::fs)(\.|::)(open|create|read\w*|write|remove_\w+|create_dir\w*|copy|rename|metadata)$|^(readFile|writeFile|readFileSync|writeFileSync|createReadStream|FileReader|FileInputStream|FileOutputStream|FileWriter|PrintWriter|Scanner|StreamReader|StreamWriter|FileStream|ifstream|ofstream|fstream|BufferedReader|RandomAccessFile)$|\.(read_text|write_text|read_bytes|write_bytes)$/,
  },
];

/** Plain names that mean nothing outside of the languages that have them built in. */
const notAlone =
  /^(int|float|Integer|Float|Decimal|exec|rand|system|p|pp|open|input|print|println|eprintln|eprint|puts|printf|echo|shuffle)$/;

/** The effect of a call in the language that it is written in, or null. */
export function effectOf(call: Call, language: string): Effect | null {
  const text = plainName(call);
  if (text.length > 160 || isDoubtful(call, language)) return null;
  // Any value can have a `parse` method; only in Rust is it always the fallible one.
  if (language === 'rust' && call.name === 'parse') return 'parse';
  // A part of a query, which is sent with the rest of it.
  if (text === 'Prisma.raw') return null;
  if (ownNames.some(([call, only]) => only !== language && call.test(text))) return null;
  // Doctrine only notes what it is to write; `flush` writes.
  if (language === 'php' && call.name === 'persist') return null;
  return effectByName(text);
}

/** Names that mean something in one language; in others they are usual names for something else. */
const ownNames: readonly (readonly [call: RegExp, language: string])[] = [
  // A class of commands is usual; this one starts a program.
  [/^Command\.new$/, 'rust'],
  // The one of a browser only takes hold of a file, and tells of what fails by an event.
  [/^FileReader$/, 'java'],
  // Django asks the database; the objects of a scene are a field.
  [/\.objects\.\w+$/, 'python'],
];

const effectByName = memoize(
  (text): Effect | null => rules.find((rule) => rule.call.test(text))?.effect ?? null,
);

/** Reads or writes the world outside; parsing only computes. */
export function isOutside(effect: Effect | null): boolean {
  return effect !== null && effect !== 'parse';
}

function plainName({ qualifier, name, spelled }: Call): string {
  if (qualifier === null || !/[:>?$]/.test(qualifier)) return spelled;
  return `${qualifier.replace(/::|->|\?\./g, '.').replaceAll('$', '')}.${name}`;
}

function isDoubtful({ qualifier, name }: Call, language: string): boolean {
  if (qualifier !== null || !notAlone.test(name)) return false;
  return plainNames[name]?.includes(language) !== true;
}

const plainNames: Record<string, string[]> = {
  int: ['python'],
  float: ['python'],
  Decimal: ['python'],
  Integer: ['ruby'],
  Float: ['ruby'],
  input: ['python'],
  open: ['python', 'ruby', 'cpp'],
  exec: ['php', 'javascript', 'typescript', 'tsx', 'ruby'],
  system: ['php', 'ruby', 'cpp'],
  rand: ['php', 'ruby', 'cpp'],
  p: ['ruby'],
  pp: ['ruby'],
  print: ['python', 'php', 'ruby', 'rust'],
  println: ['rust', 'go'],
  eprintln: ['rust'],
  eprint: ['rust'],
  puts: ['ruby', 'cpp'],
  printf: ['php', 'cpp', 'ruby'],
  shuffle: ['php'],
};

/** Effects that can fail for a reason outside the program. */
export function isFallible(effect: Effect | null): effect is FallibleSite['kind'] {
  return effect !== null && effect !== 'console' && effect !== 'clock' && effect !== 'random';
}
