import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

/** Programs that no npm package holds, by the Debian package that does, and where else to get them. */
const PROGRAMS = {
  chromium: {
    debianPackage: 'chromium',
    elsewhere: 'https://www.chromium.org/getting-involved/download-chromium',
  },
  etcd: { debianPackage: 'etcd-server', elsewhere: 'https://etcd.io/docs/latest/install' },
  ip: { debianPackage: 'iproute2', elsewhere: 'your distribution; it exists on Linux alone' },
  iptables: { debianPackage: 'iptables', elsewhere: 'your distribution; it exists on Linux alone' },
  'nats-server': { debianPackage: 'nats-server', elsewhere: 'https://docs.nats.io/running-a-nats-service' },
  promtool: { debianPackage: 'prometheus', elsewhere: 'https://prometheus.io/download' },
  serf: { debianPackage: 'serf', elsewhere: 'https://github.com/hashicorp/serf' },
} as const

export type SystemProgramName = keyof typeof PROGRAMS

/** Either where the program is, or a sentence that says what is missing and how to get it. */
export type SystemProgram =
  | { readonly path: string; readonly missing?: never }
  | { readonly missing: string; readonly path?: never }

/** Below AVA's own limit of three minutes, so that an installation that hangs is named. */
const INSTALL_TIMEOUT_S = 150
const DEBIAN_VERSION_FILE = '/etc/debian_version'
/** Daemons live in directories that are not on everybody's path. */
const EXTRA_DIRECTORIES = ['/usr/local/sbin', '/usr/sbin', '/sbin']

/**
 * Runs under one lock for all processes of the machine. The package lists are fetched once in a while, not
 * once for each program; no service of an installed package is started (run level 1), because the tests start
 * their own.
 */
const INSTALL_SCRIPT = `
  set -eu
  lists="$1"; package="$2"
  export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
  if ! find "$lists" -mmin -120 2>/dev/null | grep -q .; then apt-get -qq update && touch "$lists"; fi
  apt-get -qq install --yes --no-install-recommends "$package"
`

/**
 * Finds a program of the system. Where it is absent and this is Debian and root, installs its package;
 * everywhere else returns what is missing, in words for a person.
 *
 * @throws Error with the same words under `CI=true`: there a test that does not run must not look like one
 * that passed.
 */
export async function needSystemProgram(name: SystemProgramName): Promise<SystemProgram> {
  const found = findProgram(name)
  if (found !== undefined) return { path: found }
  const failure = canInstall() ? await install(PROGRAMS[name].debianPackage) : undefined
  const path = findProgram(name)
  if (path !== undefined) return { path }
  const missing = describeMissing(name, failure)
  if (process.env['CI'] === 'true') throw new Error(missing)
  return { missing }
}

/** What to tell a person who lacks the program; `failure` is why it could not be installed for them. */
export function describeMissing(name: SystemProgramName, failure?: string): string {
  const { debianPackage, elsewhere } = PROGRAMS[name]
  const why = failure === undefined ? '' : ` Installing it failed: ${failure}`
  return (
    `The program \`${name}\` is missing. On Debian it comes with \`apt-get install ${debianPackage}\`; ` +
    `elsewhere see ${elsewhere}.${why}`
  )
}

/** The first executable of that name on the path, or where daemons are. */
export function findProgram(
  name: string,
  searchPath: string = process.env['PATH'] ?? '',
): string | undefined {
  return [...searchPath.split(delimiter), ...EXTRA_DIRECTORIES]
    .filter(directory => directory !== '')
    .map(directory => join(directory, name))
    .find(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function canInstall(): boolean {
  return existsSync(DEBIAN_VERSION_FILE) && process.getuid?.() === 0
}

/** Returns why it failed, or nothing. */
async function install(debianPackage: string): Promise<string | undefined> {
  const lock = join(tmpdir(), 'konor-apt.lock')
  const lists = join(tmpdir(), 'konor-apt.lists')
  const script = ['timeout', '--kill-after=5', `${INSTALL_TIMEOUT_S}`, 'sh', '-c', INSTALL_SCRIPT]
  const child = spawn(
    'flock',
    ['--timeout', `${INSTALL_TIMEOUT_S}`, lock, ...script, 'sh', lists, debianPackage],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let output = ''
  const collect = (text: string) => {
    output = (output + text).slice(-2000)
  }
  child.stdout.setEncoding('utf8').on('data', collect)
  child.stderr.setEncoding('utf8').on('data', collect)
  try {
    const [code] = await once(child, 'close')
    return code === 0 ? undefined : `exit code ${code}: ${output.trim()}`
  } catch (error) {
    return String(error)
  }
}
